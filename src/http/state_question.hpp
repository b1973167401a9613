// The question what became of one user's request for a coupon, as a poll asks it.
#pragma once

#include <optional>
#include <string>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "http/long_polls.hpp"

namespace rushline::http {

class StateQuestion final : public Question {
 public:
  // `events` and `admission` must outlive it.
  StateQuestion(coupons::EventService& events, coupons::Admission& admission, CouponEventId event,
                const UserId& user)
      : events_(events), admission_(admission), event_(event), user_(user) {}

  // Before the database is read: one who waited then and is decided now is found there. Only the
  // last asking tells of a place.
  void prepare(bool last, Callback<void()> ready) override;
  Result<std::optional<Reply>> ask(Transaction& transaction, bool last) override;

 private:
  void append_undecided(std::string& body, const coupons::CouponEvent& event) const;

  coupons::EventService& events_;  // constant
  coupons::Admission& admission_;  // constant
  CouponEventId event_;            // constant
  UserId user_;                    // constant
  bool waited_ = false;
  std::optional<coupons::Sequence> place_;
};

}  // namespace rushline::http
