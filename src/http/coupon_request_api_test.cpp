// The table of answers to a request for a coupon, row by row.
#include "http/coupon_request_api.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_coupon_store.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_idempotency_store.hpp"
#include "tests/support/fake_loop.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::http {
namespace {

using namespace std::chrono_literals;
using tests::FakeDatabase;
using tests::FakeLoop;

// A shop with one event, whose database runs when a test says so.
struct Drop {
  explicit Drop(std::int64_t quantity, coupons::AdmissionBounds bounds = {})
      : admission(database, store, calendar, clock, nullptr, bounds) {
    database.undoes(store.record);
    event = tests::add_event(store, tests::sample_event(quantity));
  }

  std::uint64_t press(std::string_view user, FakeLoop::Arguments arguments = {}) {
    bodies.push_back("{\"user_id\":\"" + std::string(user) + "\"}");
    arguments.body = bodies.back();
    return send(arguments);
  }
  std::uint64_t send(const FakeLoop::Arguments& arguments, std::string_view to = "1") {
    const Responder responder = loop.responder();
    last = loop.request({to}, arguments);
    api.request(last, responder);
    return responder.token();
  }
  const Reply& answer(std::uint64_t number) {
    settle();
    return loop.reply(number);
  }
  const Reply& ask_state(std::string_view user, std::string_view query = {}) {
    const Responder responder = loop.responder();
    api.state(loop.request({"1", user}, {.query = query, .method = Method::get}), responder);
    return answer(responder.token());
  }
  void settle() {
    database.run_all();
    loop.run_posted();
  }
  coupons::CouponEvent& row() { return store.record.events.at(event); }

  tests::ManualClock clock;
  ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
  FakeDatabase database{clock, FakeDatabase::Mode::on_demand};
  tests::FakeCouponStore store;
  tests::FakeIdempotencyStore idempotency;
  coupons::Admission admission;
  coupons::EventService events{store, [this](CouponEventId id) { admission.event_changed(id); }};
  FakeLoop loop;
  KeyedWrites writes{database, idempotency};
  RateLimits rates{{}, {}};
  LongPolls polls{{&loop},
                  database,
                  [this](CouponEventId id) { return admission.version(id); },
                  [] { return false; }};
  CouponRequestApi api{{&loop}, database, events, admission,
                       writes,  polls,    rates,  limits::verdict_wait_default};
  CouponEventId event;
  std::deque<std::string> bodies;  // of requests, which are views
  Request last;
};

FakeLoop::Arguments preferring(std::string_view preference) {
  return {.headers = {{Header::prefer, preference}}};
}

TEST(CouponRequestApi, IssuesAndTellsWhere) {
  Drop drop(1);
  const Reply& reply = drop.answer(drop.press("ann"));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.location, "/v1/coupon-events/1/requests/ann");
  EXPECT_EQ(reply.body, R"({"state":"issued","coupon_id":1001,"issue_no":1,)"
                        R"("issued_at":"2023-11-14T22:13:20Z","expires_at":null,"repeat":false})");
}

TEST(CouponRequestApi, TellsAHolderOfTheCouponWhateverTheEventIs) {
  Drop drop(1);
  drop.answer(drop.press("ann"));
  drop.row().closed_at = drop.clock.now();
  drop.row().paused = true;
  drop.admission.event_changed(drop.event);
  const Reply& reply = drop.answer(drop.press("ann"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find(R"("issue_no":1,)"), std::string::npos);
  EXPECT_NE(reply.body.find(R"("repeat":true)"), std::string::npos);
}

TEST(CouponRequestApi, TellsThatItIsSoldOutAlsoAfterClosing) {
  Drop drop(1);
  drop.answer(drop.press("ann"));
  drop.row().closed_at = drop.clock.now();
  drop.admission.event_changed(drop.event);
  const Reply& reply = drop.answer(drop.press("bob"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"state":"sold_out"})");
}

TEST(CouponRequestApi, RefusesWhileTheEventTakesNoRequests) {
  Drop drop(1);
  drop.row().opens_at = drop.clock.now() + 1h;
  EXPECT_EQ(drop.answer(drop.press("ann")).status, 409);
  EXPECT_NE(drop.loop.reply().body.find("event_not_open"), std::string::npos);
  drop.row().opens_at.reset();
  drop.row().paused = true;
  EXPECT_EQ(drop.answer(drop.press("ann")).status, 409);
  EXPECT_NE(drop.loop.reply().body.find("event_paused"), std::string::npos);
  drop.row().closed_at = drop.clock.now();
  EXPECT_EQ(drop.answer(drop.press("ann")).status, 409);
  EXPECT_NE(drop.loop.reply().body.find("event_closed"), std::string::npos);
}

TEST(CouponRequestApi, GivesNoPlaceWhenTheLineIsFull) {
  Drop drop(10, {.waiting_max = 1});
  const auto first = drop.press("ann");
  const auto second = drop.press("bob");
  EXPECT_EQ(drop.loop.reply(second).status, 503);
  EXPECT_GT(drop.loop.reply(second).retry_after_s, 0U);
  EXPECT_NE(drop.loop.reply(second).body.find("line_full"), std::string::npos);
  EXPECT_EQ(drop.answer(first).status, 201);
}

TEST(CouponRequestApi, RefusesAKeyThatAsksForOneUserTooOften) {
  Drop drop(10);
  RateLimits rates({}, {.per_second = 1, .burst = 1});
  CouponRequestApi limited{{&drop.loop}, drop.database, drop.events, drop.admission,
                           drop.writes,  drop.polls,    rates,       limits::verdict_wait_default};
  const auto press = [&](std::string_view body, RatesTold& told) {
    const Responder responder = drop.loop.responder();
    drop.last = drop.loop.request({"1"}, {.body = body});
    drop.last.rates = &told;
    limited.request(drop.last, responder);
    return drop.answer(responder.token()).status;
  };
  RatesTold told;
  EXPECT_EQ(press(R"({"user_id":"7"})", told), 201);
  EXPECT_EQ(told.user->remaining, 0);
  EXPECT_EQ(press(R"({"user_id":7})", told), 429) << "the same user in another form";
  EXPECT_FALSE(told.user->is_let_in);
  EXPECT_EQ(press(R"({"user_id":"8"})", told), 201);
}

TEST(CouponRequestApi, SaysThatItIsNotDecidedWhenTheWaitIsOver) {
  Drop drop(1);
  const auto number = drop.press("ann");
  EXPECT_EQ(drop.loop.patience(number), limits::verdict_wait_default);
  drop.loop.advance(1999ms, drop.last);
  EXPECT_FALSE(drop.loop.is_answered(number));
  drop.loop.advance(1ms, drop.last);
  EXPECT_EQ(drop.loop.reply(number).status, 202);
  EXPECT_EQ(drop.loop.reply(number).location, "/v1/coupon-events/1/requests/ann");
  EXPECT_EQ(drop.loop.reply(number).body, R"({"state":"queued","position":null})");
  EXPECT_GT(drop.loop.reply(number).retry_after_s, 0U);
  EXPECT_EQ(drop.ask_state("ann").body.substr(0, 18), R"({"state":"issued",)");
}

TEST(CouponRequestApi, WaitsAsLongAsThePreferenceSays) {
  Drop drop(1);
  EXPECT_EQ(drop.loop.patience(drop.press("ann", preferring("wait=30"))), 30s);
  EXPECT_EQ(drop.loop.patience(drop.press("bob", preferring("wait=31"))), 2s);
  EXPECT_EQ(drop.loop.patience(drop.press("eve", preferring("respond-async, wait=1"))), 1s);
}

TEST(CouponRequestApi, DoesNotWaitWhenAskedNotTo) {
  for (const std::string_view preference : {"respond-async", "wait=0"}) {
    Drop drop(1);
    const auto number = drop.press("ann", preferring(preference));
    drop.database.run_reads();
    EXPECT_EQ(drop.loop.reply(number).status, 202) << preference;
    const Responder state = drop.loop.responder();
    drop.api.state(drop.loop.request({"1", "ann"}), state);
    drop.database.run_reads();
    EXPECT_EQ(drop.loop.reply(state.token()).body, R"({"state":"queued","position":null})");
    drop.settle();
    EXPECT_EQ(drop.answer(drop.press("ann", preferring(preference))).status, 200);
    EXPECT_EQ(drop.answer(drop.press("bob", preferring(preference))).body,
              R"({"state":"sold_out"})");
  }
}

TEST(CouponRequestApi, RefusesForCertainEvenWhenNotAskedToWait) {
  Drop drop(1);
  drop.row().paused = true;
  EXPECT_EQ(drop.answer(drop.press("ann", preferring("respond-async"))).status, 409);
}

TEST(CouponRequestApi, DoesNotKnowOtherEvents) {
  Drop drop(1);
  for (const std::string_view event : {"2", "0", "-1", "x", "", "9007199254740992"}) {
    const auto number = drop.send({.body = R"({"user_id":"ann"})"}, event);
    EXPECT_EQ(drop.answer(number).status, 404) << event;
  }
}

TEST(CouponRequestApi, NamesWhatIsWrongWithTheBody) {
  Drop drop(1);
  EXPECT_EQ(drop.answer(drop.send({.body = R"({"user_id":"a b"})"})).status, 422);
  EXPECT_EQ(drop.answer(drop.send({.body = R"({"user_id":"a","n":1})"})).status, 422);
  EXPECT_EQ(drop.answer(drop.send({.body = R"({"user_id":)"})).status, 400);
  EXPECT_EQ(drop.answer(drop.send({.body = R"({"user_id":"a"})", .query = "x=1"})).status, 422);
}

TEST(CouponRequestApi, GivesTheFirstAnswerAgainForAKey) {
  Drop drop(5);
  const FakeLoop::Arguments keyed{.headers = {{Header::idempotency_key, "k"}}};
  const Reply first = drop.answer(drop.press("ann", keyed));
  const Reply again = drop.answer(drop.press("ann", keyed));
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.location, first.location);
  EXPECT_EQ(drop.answer(drop.press("bob", keyed)).status, 422);
  EXPECT_EQ(drop.row().issued, 1);
}

TEST(CouponRequestApi, AnswersEachOfManyWhoSettleTogether) {
  Drop drop(7);
  std::vector<std::uint64_t> numbers;
  for (int user = 0; user < 10; ++user) numbers.push_back(drop.press("u" + std::to_string(user)));
  drop.settle();
  std::size_t issued = 0;
  for (const auto number : numbers) issued += drop.loop.reply(number).status == 201;
  EXPECT_EQ(issued, 7U);
}

TEST(CouponRequestApi, UsesTheSlotOfARequestThatWentAwayAgain) {
  Drop drop(7);
  drop.loop.drop(drop.press("ann"));
  drop.settle();
  EXPECT_EQ(drop.answer(drop.press("bob")).status, 201);
  EXPECT_EQ(drop.row().issued, 2);
}

TEST(CouponRequestState, SaysWhatBecameOfARequest) {
  Drop drop(1);
  EXPECT_EQ(drop.ask_state("ann").body, R"({"state":"none"})");
  drop.answer(drop.press("ann"));
  EXPECT_EQ(drop.ask_state("ann").body, R"({"state":"issued","coupon_id":1001,"issue_no":1,)"
                                        R"("issued_at":"2023-11-14T22:13:20Z","expires_at":null})");
  EXPECT_EQ(drop.ask_state("bob").body, R"({"state":"sold_out"})");
  EXPECT_EQ(drop.ask_state("bob", "wait=31").status, 422);
  EXPECT_EQ(drop.ask_state("a b").status, 404);
}

TEST(CouponRequestState, WaitsUntilThereIsAVerdict) {
  Drop drop(1);
  const Responder responder = drop.loop.responder();
  drop.api.state(drop.loop.request({"1", "ann"}, {.query = "wait=30"}), responder);
  drop.settle();
  EXPECT_FALSE(drop.loop.is_answered(responder.token()));
  drop.press("ann");
  drop.settle();
  drop.loop.advance(limits::stream_interval);
  EXPECT_EQ(drop.answer(responder.token()).body.substr(0, 18), R"({"state":"issued",)");
}

TEST(CouponRequestState, EndsTheWaitWithWhatIsKnown) {
  Drop drop(1);
  const Responder responder = drop.loop.responder();
  drop.api.state(drop.loop.request({"1", "ann"}, {.query = "wait=1"}), responder);
  drop.settle();
  drop.loop.advance(1s);
  EXPECT_EQ(drop.answer(responder.token()).body, R"({"state":"none"})");
}

TEST(CouponRequestState, OfAShopperWaitsOnlySoOftenAtATime) {
  Drop drop(1);
  drop.loop.caller = {"shopper/ann", Scope::shopper, *UserId::parse("ann")};
  const auto wait = [&drop] {
    const Responder responder = drop.loop.responder();
    drop.api.state(drop.loop.request({"1", "ann"}, {.query = "wait=30"}), responder);
    drop.settle();
    return responder.token();
  };
  std::vector<std::uint64_t> waiting;
  for (int i = 0; i < limits::watches_per_user_max; ++i) waiting.push_back(wait());
  for (const auto poll : waiting) EXPECT_FALSE(drop.loop.is_answered(poll));
  EXPECT_EQ(drop.loop.reply(wait()).body, R"({"state":"none"})") << "told what is known, at once";
  drop.loop.caller = {"local", Scope::any};
  EXPECT_FALSE(drop.loop.is_answered(wait())) << "a key of the shop may wait for her, too";

  drop.loop.caller = {"shopper/ann", Scope::shopper, *UserId::parse("ann")};
  drop.loop.drop(waiting.front());
  drop.loop.advance(limits::http_sweep_interval);
  EXPECT_FALSE(drop.loop.is_answered(wait())) << "one of hers has gone away";
}

TEST(CouponRequestState, GivesItsPlaceBackWithItsAnswer) {
  Drop drop(1);
  drop.loop.caller = {"shopper/ann", Scope::shopper, *UserId::parse("ann")};
  for (int i = 0; i <= limits::watches_per_user_max; ++i) {
    const Responder responder = drop.loop.responder();
    drop.api.state(drop.loop.request({"1", "ann"}, {.query = "wait=1"}), responder);
    drop.settle();
    EXPECT_FALSE(drop.loop.is_answered(responder.token())) << i;
    drop.loop.advance(1s);
    EXPECT_EQ(drop.answer(responder.token()).body, R"({"state":"none"})");
  }
}

TEST(CouponRequestState, WaitsOnWhenTheDatabaseHasTooMuchToDo) {
  Drop drop(1);
  const Responder responder = drop.loop.responder();
  drop.database.refuse(Errc::overloaded);
  drop.api.state(drop.loop.request({"1", "ann"}, {.query = "wait=2"}), responder);
  drop.loop.advance(1s);
  EXPECT_FALSE(drop.loop.is_answered(responder.token()));
  drop.loop.advance(1s);
  EXPECT_EQ(drop.answer(responder.token()).status, 503) << "now it must be answered";
}

TEST(ReadUserQuickly, TakesTheUsualShapeAndLeavesTheRestToTheStrictReader) {
  EXPECT_EQ(read_user_quickly(R"({"user_id":"ann"})")->view(), "ann");
  EXPECT_EQ(read_user_quickly(" {\n\"user_id\" : \"ann\" } \r\n")->view(), "ann");
  for (const char* body :
       {"", "{}", R"({"user_id":5})", R"({"user_id":""})", R"({"user_id":"a\u0062"})",
        R"({"user_id":"ann","x":1})", R"({"user_id":"ann"}x)", R"({"user_id":"ann)",
        R"({"user_id":"ann")", R"({"id":"ann"})", R"(["user_id","ann"])"}) {
    EXPECT_FALSE(read_user_quickly(body)) << body;
  }
}

}  // namespace
}  // namespace rushline::http
