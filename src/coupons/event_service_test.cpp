// What clients may do to events and see of them, and how orders use coupons.
#include "coupons/event_service.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "coupons/settle.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;
using tests::user;

constexpr Timestamp noon{1'700'000'000s};

class EventServiceTest : public testing::Test {
 protected:
  template <class Work>
  auto at(Timestamp now, Work work) {
    return tests::run_unit(store_.record, now, work);
  }

  static NewEvent wish(std::int64_t quantity = 3) {
    NewEvent event;
    event.name = "Friday drop";
    event.quantity = quantity;
    event.discount = {Discount::Kind::fixed, 500};
    return event;
  }

  CouponEventId create(const NewEvent& event) {
    return at(noon, [&](Transaction& t) { return service_.create(t, event); })->event.id;
  }
  Error refused(const NewEvent& event) {
    return at(noon, [&](Transaction& t) { return service_.create(t, event); }).error();
  }
  EventView get(CouponEventId id, Timestamp now = noon) {
    return *at(now, [&](Transaction& t) { return service_.get(t, id); });
  }
  Settlement settle(CouponEventId id, const std::vector<UserId>& arrivals, Timestamp now = noon) {
    return *at(now, [&](Transaction& t) {
      return settle_direct(t, store_, calendar_, id, std::nullopt, arrivals);
    });
  }
  Result<EventView> raise(CouponEventId id, std::int64_t quantity, Timestamp now = noon) {
    return at(now, [&](Transaction& t) {
      return service_.patch(t, id, EventPatch{quantity, std::nullopt});
    });
  }
  RequestView::State state_of(CouponEventId id, const UserId& who, Timestamp now = noon) {
    return at(now, [&](Transaction& t) { return service_.request_of(t, id, who); })->state;
  }

  tests::FakeCouponStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  std::vector<CouponEventId> changed_;
  EventService service_{store_, [this](CouponEventId id) { changed_.push_back(id); }};
};

TEST_F(EventServiceTest, CreatesAnEventThatIsOpenAtOnce) {
  const EventView event = get(create(wish()));
  EXPECT_EQ(event.state, EventState::open);
  EXPECT_EQ(event.quantity, 3);
  EXPECT_EQ(event.event.name, "Friday drop");
  EXPECT_EQ(event.event.created_at, noon);
}

TEST_F(EventServiceTest, NamesEveryWrongFieldOfANewEvent) {
  NewEvent event = wish(0);
  event.name = std::string(limits::name_bytes_max + 1, 'x');
  event.discount = {Discount::Kind::rate, 101};
  event.coupon_valid_days = 0;
  event.closes_at = noon;
  const Error error = refused(event);

  EXPECT_EQ(error.code, Errc::invalid_input);
  std::vector<std::string> fields;
  for (const FieldError& field : error.fields) fields.push_back(field.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"name", "quantity", "discount.value",
                                              "coupon_valid_days", "closes_at"}));
  EXPECT_TRUE(store_.record.events.empty());
}

TEST_F(EventServiceTest, AnEventMustCloseAfterItOpens) {
  NewEvent event = wish();
  event.opens_at = noon + 1h;
  event.closes_at = noon + 1h;
  EXPECT_EQ(refused(event).fields.at(0).field, "closes_at");
  event.closes_at = noon + 1h + 1us;
  EXPECT_EQ(get(create(event)).state, EventState::scheduled);
}

TEST_F(EventServiceTest, AClosingTimeInThePastIsRefused) {
  NewEvent event = wish();
  event.opens_at = noon - 2h;
  event.closes_at = noon - 1h;
  EXPECT_EQ(refused(event).fields.at(0).field, "closes_at");
}

TEST_F(EventServiceTest, AnUnknownEventIsNotFoundByAnyCall) {
  const CouponEventId id{99};
  const auto code = [&](auto call) { return at(noon, call).error().code; };
  EXPECT_EQ(code([&](Transaction& t) { return service_.get(t, id); }), Errc::not_found);
  EXPECT_EQ(code([&](Transaction& t) { return service_.pause(t, id, ""); }), Errc::not_found);
  EXPECT_EQ(code([&](Transaction& t) { return service_.resume(t, id, ""); }), Errc::not_found);
  EXPECT_EQ(code([&](Transaction& t) { return service_.close(t, id, ""); }), Errc::not_found);
  EXPECT_EQ(code([&](Transaction& t) { return service_.patch(t, id, {}); }), Errc::not_found);
  EXPECT_EQ(code([&](Transaction& t) { return service_.request_of(t, id, user(1)); }),
            Errc::not_found);
  EXPECT_EQ(code([&](Transaction& t) { return service_.coupons_after(t, id, 0, 1); }),
            Errc::not_found);
}

TEST_F(EventServiceTest, AChangeIsToldAfterItsCommitAndOnlyThen) {
  const CouponEventId id = create(wish());
  EXPECT_EQ(changed_, std::vector{id});
  changed_.clear();
  at(noon, [&](Transaction& t) -> Result<void> {
    EXPECT_TRUE(service_.pause(t, id, "wait").has_value());
    return fail(Errc::unavailable, "the commit fails");
  });
  EXPECT_TRUE(changed_.empty());
  EXPECT_EQ(get(id).state, EventState::open);

  at(noon, [&](Transaction& t) {
    const auto paused = service_.pause(t, id, "wait");
    EXPECT_TRUE(changed_.empty());
    return paused;
  });
  EXPECT_EQ(changed_, std::vector{id});
  EXPECT_EQ(get(id).state, EventState::paused);
  EXPECT_EQ(get(id).event.reason, "wait");
}

TEST_F(EventServiceTest, PausesResumesAndCloses) {
  const CouponEventId id = create(wish());
  EXPECT_EQ(at(noon, [&](Transaction& t) { return service_.pause(t, id, "a"); })->state,
            EventState::paused);
  EXPECT_EQ(at(noon, [&](Transaction& t) { return service_.resume(t, id, "b"); })->state,
            EventState::open);
  EXPECT_EQ(at(noon, [&](Transaction& t) { return service_.close(t, id, "c"); })->state,
            EventState::closed);
  EXPECT_EQ(at(noon, [&](Transaction& t) { return service_.pause(t, id, "d"); }).error().code,
            Errc::event_closed);
}

TEST_F(EventServiceTest, ARaisedQuantityIsShownFromItsCommitOnAndCountsASecondLater) {
  const CouponEventId id = create(wish(1));
  settle(id, {user(1)});
  const EventView raised = *raise(id, 4);
  EXPECT_EQ(raised.quantity, 4);
  EXPECT_EQ(raised.state, EventState::sold_out);
  EXPECT_EQ(raised.event.sold_out_at, noon);

  const EventView open = get(id, noon + 1s);
  EXPECT_EQ(open.quantity, 4);
  EXPECT_EQ(open.state, EventState::open);
  EXPECT_EQ(open.event.sold_out_at, std::nullopt);
}

TEST_F(EventServiceTest, APatchIsTakenWholeOrNotAtAll) {
  const CouponEventId id = create(wish(5));
  const EventPatch patch{4, noon + 1h};
  EXPECT_EQ(at(noon, [&](Transaction& t) { return service_.patch(t, id, patch); }).error().code,
            Errc::quantity_not_raised);
  EXPECT_EQ(get(id).event.closes_at, std::nullopt);
  const EventPatch better{6, noon + 1h};
  EXPECT_EQ(at(noon, [&](Transaction& t) { return service_.patch(t, id, better); })->quantity, 6);
  EXPECT_EQ(get(id).event.closes_at, noon + 1h);
}

TEST_F(EventServiceTest, ARequestIsIssuedSoldOutOrNothing) {
  const CouponEventId id = create(wish(1));
  EXPECT_EQ(state_of(id, user(1)), RequestView::State::none);
  settle(id, {user(1)});
  EXPECT_EQ(state_of(id, user(1)), RequestView::State::issued);
  EXPECT_EQ(state_of(id, user(2)), RequestView::State::sold_out);
}

TEST_F(EventServiceTest, TheOldRoundsSoldOutStandsUntilTheNewRoundOpens) {
  const CouponEventId id = create(wish(1));
  settle(id, {user(1)});
  ASSERT_TRUE(raise(id, 2).has_value());
  EXPECT_EQ(state_of(id, user(2), noon + 1s - 1us), RequestView::State::sold_out);
  EXPECT_EQ(state_of(id, user(2), noon + 1s), RequestView::State::none);
}

TEST_F(EventServiceTest, ListsTheNewestFirst) {
  for (int i = 0; i < 3; ++i) create(wish());
  const auto page =
      at(noon, [&](Transaction& t) { return service_.list(t, std::nullopt, 2); }).value();
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].event.id, CouponEventId{3});
  const auto rest = at(noon, [&](Transaction& t) { return service_.list(t, page.next, 2); });
  ASSERT_EQ(rest->items.size(), 1U);
  EXPECT_EQ(rest->next, std::nullopt);
}

TEST_F(EventServiceTest, ListsCouponsByNumberAndByUser) {
  const CouponEventId id = create(wish(3));
  settle(id, tests::users(1, 3));
  const auto feed =
      at(noon, [&](Transaction& t) { return service_.coupons_after(t, id, 1, 10); }).value();
  ASSERT_EQ(feed.size(), 2U);
  EXPECT_EQ(feed[0].issue_no, 2);
  const auto of_user = at(noon, [&](Transaction& t) {
                         return service_.coupons_of_user(t, user(2), std::nullopt, 10);
                       }).value();
  ASSERT_EQ(of_user.items.size(), 1U);
  EXPECT_EQ(of_user.items[0].issue_no, 2);
}

// A coupon of user 1 that expires.
class CouponUse : public EventServiceTest {
 protected:
  void SetUp() override {
    NewEvent event = wish();
    event.coupon_valid_days = 1;
    coupon_ = settle(create(event), {user(1)}).answers.at(0).coupon;
  }

  Result<Discount> check(const UserId& who, Timestamp now = noon) {
    return at(now, [&](Transaction& t) { return service_.check_usable(t, coupon_, who); });
  }
  void use(OrderId order) {
    ASSERT_TRUE(at(noon, [&](Transaction& t) { return service_.use(t, coupon_, order); }));
  }
  void give_back(OrderId order) {
    ASSERT_TRUE(at(noon, [&](Transaction& t) { return service_.give_back(t, coupon_, order); }));
  }

  CouponId coupon_;
};

TEST_F(CouponUse, TheHolderMayUseItOnceUntilItIsGivenBack) {
  EXPECT_EQ(*check(user(1)), wish().discount);
  use(OrderId{7});
  EXPECT_EQ(check(user(1)).error().code, Errc::coupon_not_usable);
  give_back(OrderId{7});
  EXPECT_TRUE(check(user(1)).has_value());
}

TEST_F(CouponUse, AnotherOrderCannotGiveItBack) {
  use(OrderId{7});
  give_back(OrderId{8});
  EXPECT_EQ(store_.record.coupons.at(coupon_).order_id, OrderId{7});
}

TEST_F(CouponUse, NobodyElseMayUseIt) {
  EXPECT_EQ(check(user(2)).error().code, Errc::coupon_not_usable);
  coupon_ = CouponId{424242};
  EXPECT_EQ(check(user(1)).error().code, Errc::coupon_not_usable);
  give_back(OrderId{1});
}

TEST_F(CouponUse, NobodyMayUseItAfterItsExpiry) {
  const Timestamp end = *store_.record.coupons.at(coupon_).expires_at;
  EXPECT_TRUE(check(user(1), end - 1us).has_value());
  EXPECT_EQ(check(user(1), end).error().code, Errc::coupon_not_usable);
}

}  // namespace
}  // namespace rushline::coupons
