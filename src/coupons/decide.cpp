// The decision itself: one pass over the arrivals, in their order.
#include "coupons/decide.hpp"

#include "core/assert.hpp"

namespace rushline::coupons {
namespace {

// What somebody gets who holds nothing yet. The order of the questions is that of the table in the
// contract: that nothing is left is said before that the event is closed.
Outcome outcome_of_newcomer(const EventTally& event, std::int64_t issued) {
  if (issued >= event.quantity) return Outcome::sold_out;
  if (event.closed) return Outcome::closed;
  if (!event.open_yet) return Outcome::not_open;
  if (event.paused) return Outcome::paused;
  return Outcome::issued;
}

Ruling ruling_of_repeat(const Ruling& first) {
  return {first.outcome == Outcome::issued ? Outcome::already_issued : first.outcome, 0};
}

}  // namespace

Decision decide(const EventTally& event, std::span<const Arrival> arrivals) {
  RUSHLINE_ASSERT(event.issued >= 0 && event.issued <= event.quantity);
  Decision decision;
  decision.issued = event.issued;
  decision.rulings.reserve(arrivals.size());
  for (const Arrival& arrival : arrivals) {
    Ruling ruling;
    if (arrival.holds_coupon) {
      ruling.outcome = Outcome::already_issued;
    } else if (arrival.same_user_as >= 0) {
      const auto first = static_cast<std::size_t>(arrival.same_user_as);
      RUSHLINE_ASSERT(first < decision.rulings.size());
      ruling = ruling_of_repeat(decision.rulings[first]);
    } else {
      ruling.outcome = outcome_of_newcomer(event, decision.issued);
      if (ruling.outcome == Outcome::issued) ruling.issue_no = ++decision.issued;
    }
    decision.rulings.push_back(ruling);
  }
  return decision;
}

}  // namespace rushline::coupons
