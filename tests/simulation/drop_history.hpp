// What happened to one coupon event of a simulated world. Writes it down for the checker of
// src/verify, which judges simulations as it judges load and faults; and checks at once what only
// the world can see, because it sees every commit:
//
//   S1      the row never counts more than the quantity, nor otherwise than the coupons
//   S4      told of a coupon: it is committed. Told sold out: no coupon before this round, nor of a
//           request that is over
//   S6      told sold out: the whole quantity was committed at some time since the request
//   answer  closed, not open, paused, full: as the row says, the first row of the table that fits
//   hold    what was acknowledged (a pause, a closing) holds for everybody who asks afterwards
//   L1      nobody is told twice, or by a dead server
//
// From outside, a commit lies somewhere between an answer and the one before: the checker must
// allow what is forbidden here.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "tests/simulation/row_states.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/fake_coupon_store.hpp"
#include "verify/operations.hpp"

namespace rushline::tests {

// For one thread. observe() after everything that may have committed something.
class DropHistory final : public coupons::AnswerSink {
 public:
  DropHistory(World& world, const FakeCouponStore& store, CouponEventId event,
              verify::History& history);

  // Somebody asks; the token to be told with.
  std::uint64_t pressed(int number, std::size_t server);
  void tell(std::span<const coupons::Told> answers) override;
  void told_one(std::uint64_t token, const coupons::Answer& answer);

  // Somebody looks how a request stands; what to tell the outcome with.
  std::size_t looked(int number);
  void saw(std::size_t look, const coupons::RequestView& view,
           std::optional<coupons::Sequence> place, bool waited);

  // An operator does something; the same again. A step that is not in the checker's vocabulary
  // (closing times) has none.
  std::size_t change_begun(std::optional<verify::Change> change, std::int64_t quantity);
  // It is committed, and this is what it made of the row: others may have seen that before the next
  // unit of the same commit changed it again.
  void change_committed(const coupons::CouponEvent& row);
  // It is told. `committed_us`: when the row was written.
  void change_done(std::size_t change, std::int64_t committed_us);
  void change_failed(std::size_t change, Errc code);

  // Nobody hears any more what a server that dies would have told.
  void died(std::size_t server);
  void observe(bool is_line_full);

  CouponEventId event() const { return event_; }
  const coupons::CouponEvent& row() const { return store_.record.events.at(event_); }
  // How many wait on servers that live.
  std::size_t waiting() const;
  std::optional<coupons::Outcome> outcome(std::uint64_t token) const;
  void broken(std::string promise, std::string_view how, int number);

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  struct Press {
    std::size_t index = 0;  // in the checker's history
    int user = 0;
    std::size_t server = 0;
    std::int64_t at = 0;
    int round = 0;
    std::int64_t told_at = never;
    int told_in = 0;  // the round
    std::optional<coupons::Outcome> outcome = std::nullopt;
    bool is_abandoned = false;
  };
  struct OperatorStep {
    std::optional<verify::Change> change;
    std::optional<std::size_t> index;  // in the checker's history
  };
  // Something that keeps newcomers out since a time, and since when everybody was told so.
  struct Hold {
    std::optional<std::int64_t> since_us = {};
    std::optional<std::int64_t> known_us = {};
  };

  // What the story tells of a row.
  using RowSeen = std::tuple<coupons::Mode, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                             std::optional<coupons::PendingRaise>, bool, bool>;

  static RowSeen row_seen(const coupons::CouponEvent& row);
  static bool is_coupon(coupons::Outcome outcome);
  std::int64_t first_press_at(int number) const;
  bool is_open(const Press& press) const;
  void committed(const coupons::Coupon& coupon);
  void check_holds(int number);
  void check_coupon(const Press& press, const coupons::Settled& told);
  void check_sold_out(const Press& press);
  void check_refusal(const Press& press);
  void write_down(const Press& press, const coupons::Answer& answer);
  void tell_row(const coupons::CouponEvent& row);

  World& world_;
  const FakeCouponStore& store_;  // constant
  const CouponEventId event_;
  verify::History& history_;
  int round_ = 0;
  std::int64_t round_from_us_ = 0;
  bool had_raise_ = false;
  std::int64_t sold_out_us_ = -1;
  std::int64_t line_full_us_ = -1;
  std::int64_t coupons_seen_ = 0;
  RowStates states_;
  Hold pause_;
  Hold close_;             // by hand
  int closing_times_ = 0;  // that were sent and not acknowledged
  std::int64_t closing_known_us_ = 0;
  RowSeen row_seen_;
  std::vector<Press> presses_;
  std::vector<OperatorStep> steps_;
  std::map<int, std::int64_t> issued_us_;  // by user
  std::set<int> told_issued_;
};

}  // namespace rushline::tests
