// Memory first, then the database, then the words.
#include "http/state_question.hpp"

#include <utility>

#include "http/coupon_json.hpp"

namespace rushline::http {

void StateQuestion::prepare(bool last, Callback<void()> ready) {
  waited_ = admission_.is_waiting(event_, user_);
  if (!last) return ready();
  admission_.find_place(
      event_, user_,
      [this, ready = std::move(ready)](std::optional<coupons::Sequence> place) mutable {
        place_ = place;
        ready();
      });
}

Result<std::optional<Reply>> StateQuestion::ask(Transaction& transaction, bool last) {
  using State = coupons::RequestView::State;
  const auto found = events_.request_of(transaction, event_, user_);
  if (found.has_error()) return found.error();
  Reply reply;
  if (found->state == State::issued) {
    append_issued(reply.body, *found->holder);
  } else if (found->state == State::sold_out) {
    reply.body = sold_out_state;
  } else if (last) {
    append_undecided(reply.body, found->event);
  } else {
    return std::optional<Reply>();
  }
  return std::optional<Reply>(std::move(reply));
}

void StateQuestion::append_undecided(std::string& body, const coupons::CouponEvent& event) const {
  if (place_ && *place_ > event.mark) {
    append_queued(body, position_in_line(event, *place_));
  } else if (waited_) {
    append_queued(body, std::nullopt);
  } else {
    body = no_state;
  }
}

}  // namespace rushline::http
