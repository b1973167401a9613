// Pages of coupons.
#include "http/coupon_api.hpp"

#include "http/coupon_json.hpp"
#include "http/json_output.hpp"
#include "http/query_input.hpp"

namespace rushline::http {
namespace {

using coupons::Coupon;

class FeedQuestion final : public Question {
 public:
  FeedQuestion(coupons::EventService& events, CouponEventId event, std::int64_t after,
               std::int64_t limit)
      : events_(events), event_(event), after_(after), limit_(limit) {}

  Result<std::optional<Reply>> ask(Transaction& transaction, bool last) override {
    const auto coupons = events_.coupons_after(transaction, event_, after_, limit_);
    if (coupons.has_error()) return coupons.error();
    if (coupons->empty() && !last) return std::optional<Reply>();
    Reply reply;
    JsonWriter json(reply.body);
    json.begin('{').key("items").begin('[');
    for (const Coupon& coupon : *coupons) append_coupon(reply.body, coupon, transaction.now());
    json.end(']').field("next", coupons->empty() ? after_ : coupons->back().issue_no).end('}');
    return std::optional<Reply>(std::move(reply));
  }

 private:
  coupons::EventService& events_;  // constant
  CouponEventId event_;            // constant
  std::int64_t after_;             // constant
  std::int64_t limit_;             // constant
};

struct UserCoupons {
  Page<Coupon, CouponId> page;
  Timestamp now;
};

}  // namespace

void CouponApi::of_user(const Request& request, Responder responder) {
  const auto user = UserId::parse(request.arguments[0]);
  if (!user) return refuse_unknown(request, responder, "user");
  if (refuse_others_user(request, responder, *user)) return;
  QueryInput query(request.query);
  const auto before = query.number_cursor<CouponId>();
  const auto limit = query.page_limit();
  if (const auto error = query.error()) return refuse(request, responder, *error);
  read_and_answer(
      database_, request, responder,
      [this, user = *user, before, limit](Transaction& transaction) -> Result<UserCoupons> {
        auto page = events_.coupons_of_user(transaction, user, before, limit);
        if (page.has_error()) return page.error();
        return UserCoupons{std::move(*page), transaction.now()};
      },
      [](const UserCoupons& found) {
        Reply reply;
        JsonWriter json(reply.body);
        json.begin('{').key("items").begin('[');
        for (const Coupon& coupon : found.page.items) {
          append_coupon(reply.body, coupon, found.now);
        }
        json.end(']').field("next", cursor_after(found.page.next)).end('}');
        return reply;
      });
}

void CouponApi::feed(const Request& request, Responder responder) {
  const auto event = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!event) return refuse_unknown(request, responder, "coupon event");
  QueryInput query(request.query);
  const auto after = query.integer("after", 0, 0, json_integer_max);
  const auto limit = query.page_limit();
  const auto wait = query.wait();
  if (const auto error = query.error()) return refuse(request, responder, *error);
  polls_.start(request, responder, *event, wait,
               std::make_unique<FeedQuestion>(events_, *event, after, limit));
}

}  // namespace rushline::http
