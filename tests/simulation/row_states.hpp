// What an event's row said at which time: the first row of the contract's table that fits somebody
// without a coupon.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "coupons/coupon_event.hpp"

namespace rushline::tests {

// As the table of answers has them, in its order.
enum class RowState : std::uint8_t { sold_out, closed, not_open, paused, open };

inline RowState row_state(const coupons::CouponEvent& row, Timestamp now) {
  if (row.issued >= coupons::effective_quantity(row, now)) return RowState::sold_out;
  if (coupons::is_closed(row, now)) return RowState::closed;
  if (!coupons::is_open_yet(row, now)) return RowState::not_open;
  return row.paused ? RowState::paused : RowState::open;
}

class RowStates {
 public:
  // Of now; times never go back.
  void see(RowState state, std::int64_t now_us) {
    if (stretches_.empty() || stretches_.back().state != state) {
      stretches_.push_back({state, now_us});
    }
  }
  RowState last() const { return stretches_.back().state; }
  // Whether it was `state` at some time from `from_us` on.
  bool was(RowState state, std::int64_t from_us) const {
    for (std::size_t i = stretches_.size(); i-- > 0;) {
      if (stretches_[i].state == state) return true;
      if (stretches_[i].from_us <= from_us) return false;
    }
    return false;
  }

 private:
  struct Stretch {
    RowState state;
    std::int64_t from_us;
  };
  std::vector<Stretch> stretches_;
};

}  // namespace rushline::tests
