// One effect and one answer per Idempotency-Key.
#include "http/keyed_writes.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_database.hpp"
#include "tests/support/fake_idempotency_store.hpp"
#include "tests/support/fake_loop.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::http {
namespace {

using tests::FakeDatabase;
using tests::FakeLoop;

// A counter that can be raised over HTTP.
struct Counter {
  tests::ManualClock clock;
  FakeDatabase database{clock, FakeDatabase::Mode::on_demand};
  tests::FakeIdempotencyStore store;
  KeyedWrites writes{database, store};
  FakeLoop loop;
  int raised = 0;
  std::optional<Errc> refusal;

  // Sends a request; its answer comes when the database runs.
  std::uint64_t send(std::string_view key, std::string_view body = "{}",
                     KeyRule rule = KeyRule::optional, std::string_view path = "/v1/counters") {
    FakeLoop::Arguments arguments{.body = body, .path = path};
    if (key.data() != nullptr) arguments.headers = {{Header::idempotency_key, key}};
    const Responder responder = loop.responder();
    writes.write_and_answer(
        loop.request({}, arguments), responder, rule, body,
        [this](Transaction&) -> Result<int> {
          if (refusal) return fail(*refusal, "No.");
          return ++raised;
        },
        [](int count) { return created_reply("/v1/counters/1", std::to_string(count)); });
    return responder.token();
  }
  const Reply& answer(std::uint64_t number) {
    database.run_all();
    return loop.reply(number);
  }
  const Reply& ask(std::string_view key, std::string_view body = "{}",
                   KeyRule rule = KeyRule::optional, std::string_view path = "/v1/counters") {
    return answer(send(key, body, rule, path));
  }
};

constexpr std::string_view no_key{};

TEST(KeyedWrites, RunEveryTimeWithoutAKey) {
  Counter counter;
  EXPECT_EQ(counter.ask(no_key).body, "1");
  EXPECT_EQ(counter.ask(no_key).body, "2");
  EXPECT_TRUE(counter.store.kept.empty());
}

TEST(KeyedWrites, GiveTheFirstAnswerAgain) {
  Counter counter;
  const Reply first = counter.ask("k");
  const Reply again = counter.ask("k");
  EXPECT_EQ(counter.raised, 1);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.location, first.location);
  EXPECT_EQ(again.content_type, first.content_type);
}

TEST(KeyedWrites, RefuseAKeyThatBelongsToAnotherRequest) {
  Counter counter;
  counter.ask("k");
  EXPECT_EQ(counter.ask("k", R"({"n":2})").status, 422);
  EXPECT_EQ(counter.ask("k", "{}", KeyRule::optional, "/v1/others").status, 422);
  EXPECT_NE(counter.loop.reply().body.find("idempotency_key_reused"), std::string::npos);
  EXPECT_EQ(counter.raised, 1);
}

TEST(KeyedWrites, KeepTheKeysOfCallersApart) {
  Counter counter;
  counter.ask("k");
  counter.loop.caller.name = "another";
  EXPECT_EQ(counter.ask("k").body, "2");
}

TEST(KeyedWrites, KeepARefusalThatIsForGood) {
  Counter counter;
  counter.refusal = Errc::out_of_stock;
  const Reply first = counter.ask("k");
  EXPECT_EQ(first.status, 409);
  counter.refusal.reset();
  const Reply again = counter.ask("k");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.content_type, content_type::problem);
  EXPECT_EQ(counter.raised, 0);
}

TEST(KeyedWrites, NeverKeepWhatMayBeTriedAgain) {
  for (const Errc code : {Errc::unavailable, Errc::timed_out, Errc::overloaded, Errc::corrupt}) {
    Counter counter;
    counter.refusal = code;
    EXPECT_GE(counter.ask("k").status, 500);
    counter.refusal.reset();
    EXPECT_EQ(counter.ask("k").status, 201);
  }
}

TEST(KeyedWrites, RefuseTheKeyWhileItsFirstRequestRuns) {
  Counter counter;
  const auto first = counter.send("k");
  const auto second = counter.send("k");
  EXPECT_EQ(counter.loop.reply(second).status, 409);
  EXPECT_NE(counter.loop.reply(second).body.find("in_progress"), std::string::npos);
  EXPECT_EQ(counter.answer(first).status, 201);
  EXPECT_EQ(counter.ask("k").body, "1");
}

TEST(KeyedWrites, LetAKeyGoWhenTheDatabaseRefuses) {
  Counter counter;
  counter.database.refuse(Errc::overloaded);
  EXPECT_EQ(counter.ask("k").status, 503);
  counter.database.refuse(std::nullopt);
  EXPECT_EQ(counter.ask("k").status, 201);
}

TEST(KeyedWrites, DemandAKeyWhereItIsRequired) {
  Counter counter;
  EXPECT_EQ(counter.ask(no_key, "{}", KeyRule::required_for_ever).status, 400);
  EXPECT_EQ(counter.raised, 0);
  EXPECT_EQ(counter.ask("k", "{}", KeyRule::required_for_ever).status, 201);
  EXPECT_FALSE(counter.store.kept.at({"local", "k"}).until.has_value());
}

TEST(KeyedWrites, KeepARefusalForADayEvenWhereAnswersAreKeptForEver) {
  Counter counter;
  counter.refusal = Errc::out_of_stock;
  EXPECT_EQ(counter.ask("k", "{}", KeyRule::required_for_ever).status, 409);
  EXPECT_EQ(counter.store.kept.at({"local", "k"}).until,
            counter.clock.now() + limits::idempotency_key_time);
}

TEST(KeyedWrites, KeepOtherKeysForADay) {
  Counter counter;
  counter.ask("k");
  EXPECT_EQ(counter.store.kept.at({"local", "k"}).until,
            counter.clock.now() + limits::idempotency_key_time);
}

TEST(KeyedWrites, RefuseWhatCannotBeAKey) {
  Counter counter;
  for (const std::string& key : {std::string(""), std::string("a b"), std::string("a\tb"),
                                 std::string("\xc3\xa9"), std::string(129, 'k')}) {
    EXPECT_EQ(counter.ask(key).status, 422) << key;
    EXPECT_NE(counter.loop.reply().body.find("Idempotency-Key"), std::string::npos);
  }
  EXPECT_EQ(counter.ask(std::string(128, 'k')).status, 201);
}

TEST(KeyedWrites, RefuseParameters) {
  Counter counter;
  FakeLoop& loop = counter.loop;
  counter.writes.write_and_answer(
      loop.request({}, {.query = "dry_run=1"}), loop.responder(), KeyRule::optional, "",
      [](Transaction&) -> Result<int> { return 1; }, [](int) { return json_reply("{}"); });
  EXPECT_EQ(loop.reply().status, 422);
}

TEST(KeyedWrites, AnswerThatTheOutcomeIsUnknownWhenTheDatabaseIsTooSlow) {
  Counter counter;
  const auto number = counter.send("k");
  counter.loop.advance(limits::answer_time_max);
  EXPECT_EQ(counter.loop.reply(number).status, 503);
  EXPECT_GT(counter.loop.reply(number).retry_after_s, 0U);
  counter.database.run_all();
  EXPECT_EQ(counter.ask("k").body, "1");
}

TEST(KeyedWrites, FingerprintWhatMakesARequest) {
  const auto same = fingerprint_of("POST", "/a", "{}");
  EXPECT_EQ(same, fingerprint_of("POST", "/a", "{}"));
  EXPECT_EQ(same.size(), 64U);
  EXPECT_NE(same, fingerprint_of("PATCH", "/a", "{}"));
  EXPECT_NE(same, fingerprint_of("POST", "/b", "{}"));
  EXPECT_NE(same, fingerprint_of("POST", "/a", "{ }"));
}

}  // namespace
}  // namespace rushline::http
