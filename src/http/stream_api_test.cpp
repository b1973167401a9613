// What the watchers of an event are sent, and when.
#include "http/stream_api.hpp"

#include <gtest/gtest.h>

#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_coupon_store.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_loop.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::http {
namespace {

using namespace std::chrono_literals;
using tests::FakeDatabase;
using tests::FakeLoop;

struct Watched {
  Watched() { event = tests::add_event(store, tests::sample_event(10)); }

  std::uint64_t open(std::string_view last_event_id = {}, std::string_view id = "1") {
    const Responder responder = loop.responder();
    FakeLoop::Arguments arguments{.method = Method::get};
    if (!last_event_id.empty()) arguments.headers = {{Header::last_event_id, last_event_id}};
    api.watch(loop.request({id}, arguments), responder);
    run();
    return responder.token();
  }
  void run() {
    database.run_all();
    loop.run_posted();
  }
  // Lets the sweeps of some time pass, with a database that answers.
  void pass(std::chrono::milliseconds time) {
    for (auto passed = 0ms; passed < time; passed += limits::http_sweep_interval) {
      loop.advance(limits::http_sweep_interval);
      run();
    }
  }
  void issue() {
    ++store.record.events.at(event).issued;
    admission.event_changed(event);
  }

  tests::ManualClock clock;
  ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
  FakeDatabase database{clock, FakeDatabase::Mode::on_demand};
  tests::FakeCouponStore store;
  coupons::Admission admission{database, store, calendar, clock};
  coupons::EventService events{store, [](CouponEventId) {}};
  FakeLoop loop;
  StreamApi api{{&loop}, database, events, admission};
  CouponEventId event;
};

std::string id_of(const std::string& sent) {
  const std::size_t at = sent.find("id: ");
  return at == std::string::npos ? "" : sent.substr(at + 4, sent.find('\n', at) - at - 4);
}

TEST(StreamApi, BeginsWithTheStateAsItIs) {
  Watched watched;
  const std::string sent = watched.loop.take_sent(watched.open());
  EXPECT_NE(sent.find("event: state\n"), std::string::npos);
  EXPECT_NE(sent.find(R"("coupon_event_id":1,"name":"Friday drop","state":"open")"),
            std::string::npos);
  EXPECT_FALSE(id_of(sent).empty());
}

TEST(StreamApi, DoesNotKnowOtherEvents) {
  Watched watched;
  EXPECT_EQ(watched.loop.reply(watched.open({}, "2")).status, 404);
  EXPECT_EQ(watched.loop.reply(watched.open({}, "x")).status, 404);
}

TEST(StreamApi, TellsAChangeAndNothingElse) {
  Watched watched;
  const auto stream = watched.open();
  watched.loop.take_sent(stream);
  watched.pass(3s);
  EXPECT_EQ(watched.loop.take_sent(stream), "");
  watched.issue();
  watched.pass(500ms);
  EXPECT_NE(watched.loop.take_sent(stream).find(R"("issued":1)"), std::string::npos);
}

TEST(StreamApi, TellsAtMostFourStatesASecond) {
  Watched watched;
  const auto stream = watched.open();
  watched.loop.take_sent(stream);
  std::size_t states = 0;
  for (int sweep = 0; sweep < 50; ++sweep) {
    watched.issue();
    watched.pass(limits::http_sweep_interval);
    states += !watched.loop.take_sent(stream).empty();
  }
  EXPECT_GE(states, 10U);
  EXPECT_LE(states, 20U);
}

TEST(StreamApi, NoticesWhatOnlyTimeChanges) {
  Watched watched;
  watched.store.record.events.at(watched.event).closes_at = watched.clock.now() + 10s;
  const auto stream = watched.open();
  watched.loop.take_sent(stream);
  watched.clock.advance(11s);
  watched.pass(1500ms);
  EXPECT_NE(watched.loop.take_sent(stream).find(R"("state":"closed")"), std::string::npos);
}

TEST(StreamApi, DoesNotRepeatTheStateThatTheClientKnows) {
  Watched watched;
  const std::string id = id_of(watched.loop.take_sent(watched.open()));
  const auto again = watched.open(id);
  EXPECT_EQ(id_of(watched.loop.take_sent(again)), "");
  watched.issue();
  watched.pass(1s);
  EXPECT_NE(id_of(watched.loop.take_sent(again)), "");
  EXPECT_NE(id_of(watched.loop.take_sent(watched.open(id))), id);
}

TEST(StreamApi, ReadsOnceForAllWhoWatch) {
  Watched watched;
  std::vector<std::uint64_t> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(watched.open());
  watched.issue();
  watched.loop.advance(limits::stream_interval);
  EXPECT_EQ(watched.database.reads_waiting(), 1U);
  watched.pass(500ms);
  for (const auto stream : streams) {
    EXPECT_NE(watched.loop.take_sent(stream).find(R"("issued":1)"), std::string::npos);
  }
}

TEST(StreamApi, CostsNothingWhenNobodyWatchesAnyMore) {
  Watched watched;
  watched.loop.close_stream(watched.open());
  watched.issue();
  watched.loop.advance(5s);
  EXPECT_EQ(watched.database.reads_waiting(), 0U);
}

TEST(StreamApi, BeatsWhenThereIsNothingToTell) {
  Watched watched;
  const auto stream = watched.open();
  watched.loop.take_sent(stream);
  watched.pass(limits::stream_heartbeat_interval + 200ms);
  EXPECT_EQ(watched.loop.take_sent(stream), ":\n\n");
}

TEST(StreamApi, GoesOnWhenTheDatabaseComesBack) {
  Watched watched;
  const auto stream = watched.open();
  watched.loop.take_sent(stream);
  watched.database.refuse(Errc::unavailable);
  watched.issue();
  watched.pass(1s);
  EXPECT_EQ(watched.loop.take_sent(stream), "");
  watched.database.refuse(std::nullopt);
  watched.pass(1500ms);
  EXPECT_NE(watched.loop.take_sent(stream).find(R"("issued":1)"), std::string::npos);
}

Caller shopper(const UserId& user) {
  return {"shopper/" + std::string(user.view()), Scope::shopper, user};
}

TEST(StreamApi, AShopperHasSoManyStreamsAndNoMore) {
  Watched watched;
  const auto most = static_cast<std::size_t>(limits::watches_per_user_max);
  watched.loop.caller = shopper(*UserId::parse("ann"));
  std::vector<std::uint64_t> streams;
  for (std::size_t i = 0; i < most; ++i) {
    streams.push_back(watched.open());
    EXPECT_NE(watched.loop.take_sent(streams.back()), "");
  }
  const Reply& refused = watched.loop.reply(watched.open());
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.body.find("too_many_streams"), std::string::npos);
  EXPECT_GT(refused.retry_after_s, 0U);

  watched.loop.close_stream(streams.front());
  EXPECT_NE(watched.loop.take_sent(watched.open()), "") << "at once, without a sweep";
  watched.loop.caller = shopper(*UserId::parse("bob"));
  EXPECT_NE(watched.loop.take_sent(watched.open()), "");
}

TEST(StreamApi, WhatIsNotOpenYetCountsAndWhatIsRefusedDoesNot) {
  Watched watched;
  watched.loop.caller = shopper(*UserId::parse("ann"));
  for (int i = 0; i <= limits::watches_per_user_max; ++i) watched.open({}, "2");
  for (int i = 0; i <= limits::watches_per_user_max; ++i) {
    const Responder responder = watched.loop.responder();
    watched.api.watch(watched.loop.request({"1"}, {.method = Method::get}), responder);
    EXPECT_EQ(watched.loop.is_answered(), i == limits::watches_per_user_max);
  }
  EXPECT_EQ(watched.loop.reply().status, 429);
}

TEST(StreamApi, AKeyOfTheShopHasAsManyStreamsAsThereAre) {
  Watched watched;
  for (int i = 0; i <= 2 * limits::watches_per_user_max; ++i) {
    EXPECT_NE(watched.loop.take_sent(watched.open()), "");
  }
}

}  // namespace
}  // namespace rushline::http
