// The requests on this server that have a place in the line of an event and wait for its verdict.
//
// A plain table, used under the lock of its owner (coupons/line_desk.hpp).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "coupons/arrival_batch.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::coupons {

struct Waiting {
  Sequence seq;
  Epoch epoch;            // in which the place was given, or last seen
  bool is_first = false;  // this request made the place; others found it
  UserId user;
  Ticket ticket;  // `entered` is known
};

class WaitingLine {
 public:
  void add(const Waiting& waiting);

  // Take out, in the order of the line as far as they came in it.
  std::vector<Waiting> take_through(Sequence mark);
  std::vector<Waiting> take_other_epochs(Epoch epoch);
  std::vector<Waiting> take_older_than(Monotonic before);

  // When the first of those who wait arrived, as far as the line's order tells.
  std::optional<Monotonic> oldest_arrival() const;
  bool empty() const { return ordered_.empty() && late_.empty(); }
  std::size_t size() const { return ordered_.size() + late_.size(); }
  // The highest place; 0 when nobody waits.
  Sequence last() const;
  // Users are told apart by a 64-bit hash here.
  std::optional<Sequence> place_of(const UserId& user) const;

 private:
  struct Entry {
    Sequence seq;
    std::uint32_t count = 0;
  };

  template <class Wanted>
  std::vector<Waiting> take_if(Wanted wanted);
  void forget(const UserId& user);

  std::deque<Waiting> ordered_;  // rising sequences
  std::vector<Waiting> late_;    // who pressed again: lower than the last of ordered_
  boost::unordered_flat_map<std::uint64_t, Entry> places_;  // by the user's hash
};

}  // namespace rushline::coupons
