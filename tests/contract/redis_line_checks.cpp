// Checks that look into Redis itself.
#include "tests/contract/redis_line_checks.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>

namespace rushline::tests {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

milliseconds ttl_of(RedisUnderTest& redis, const std::string& key) {
  return milliseconds(redis.client.must({"PTTL", key}).integer);
}

Timestamp now_of(RedisUnderTest& redis) {
  const auto time = redis.client.must({"TIME"});
  return Timestamp{std::chrono::seconds(std::stoll(time.items[0].text))};
}

void set(RedisUnderTest& redis, const LineUnderTest& line, std::string_view field,
         std::string_view value) {
  redis.client.must({"HSET", redis::event_key(line.event), field, value});
}

// Trap 4 of rankings, here: no key without a TTL.
void gives_every_key_a_ttl(RedisUnderTest& redis) {
  LineUnderTest line(redis);
  ASSERT_EQ(line.install(2), "ok");
  const std::string event_key = redis::event_key(line.event);
  const std::string line_key = redis::line_key(line.event);
  EXPECT_GT(ttl_of(redis, event_key), hours(24));
  line.admit(2, "A");
  EXPECT_GT(ttl_of(redis, line_key), hours(24));
  line.trim(2, sequence(2, 0));
  line.admit(2, "B");
  EXPECT_GT(ttl_of(redis, line_key), hours(24)) << "an empty line is no key: it comes anew";
  ASSERT_EQ(line.install(3, 2), "ok");
  EXPECT_GT(ttl_of(redis, line_key), hours(24));
  line.take(3, sequence(3, 0));
  line.admit(3, "C");
  EXPECT_GT(ttl_of(redis, line_key), hours(24));
  EXPECT_GT(ttl_of(redis, event_key), hours(24));
}

void outlives_the_closing_by_a_day(RedisUnderTest& redis) {
  LineUnderTest line(redis);
  const Timestamp now = now_of(redis);
  ASSERT_EQ(line.install(2, 0, {.opens_at = {}, .closes_at = now + hours(100), .paused = false}),
            "ok");
  line.admit(2, "A");
  EXPECT_GT(ttl_of(redis, redis::event_key(line.event)), hours(123));
  EXPECT_GT(ttl_of(redis, redis::line_key(line.event)), hours(123));
  line.take(2, {}, {.opens_at = {}, .closes_at = now + hours(1'000), .paused = false});
  EXPECT_GT(ttl_of(redis, redis::event_key(line.event)), hours(1'023));
  EXPECT_GT(ttl_of(redis, redis::line_key(line.event)), hours(1'023));
}

// An event that never closes lives as long as it is used.
void is_renewed_while_it_is_used(RedisUnderTest& redis) {
  LineUnderTest line(redis);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A");
  const auto age = [&] {
    const auto soon = now_of(redis) + hours(23);
    const std::string expires =
        std::to_string(std::chrono::duration_cast<milliseconds>(soon.time_since_epoch()).count());
    set(redis, line, "expires", expires);
    for (const std::string& key : {redis::event_key(line.event), redis::line_key(line.event)}) {
      redis.client.must({"PEXPIREAT", key, expires});
    }
  };
  age();
  line.admit(2, "A");
  EXPECT_GT(ttl_of(redis, redis::event_key(line.event)), hours(24));
  EXPECT_GT(ttl_of(redis, redis::line_key(line.event)), hours(24));
  age();
  line.take(2);
  EXPECT_GT(ttl_of(redis, redis::event_key(line.event)), hours(24));
  EXPECT_GT(ttl_of(redis, redis::line_key(line.event)), hours(24));
}

// Trap 6.
void never_reads_a_broken_field_as_something_else(RedisUnderTest& redis) {
  LineUnderTest line(redis);
  std::int64_t epoch = 1;
  for (const std::string_view field : {"epoch", "replid", "next", "size", "cap", "opens", "closes",
                                       "paused", "sold_out", "expires"}) {
    for (const std::string_view broken : {"", "nan", "1.5", "1e3", "0x10", " 1", "false"}) {
      const bool is_allowed = broken.empty() && (field == "opens" || field == "closes");
      if (is_allowed) continue;
      ++epoch;
      ASSERT_EQ(line.install(epoch), "ok");
      set(redis, line, field, broken);
      EXPECT_EQ(line.admit(epoch, "A"), "stale_epoch") << field << " = '" << broken << "'";
      EXPECT_EQ(line.take(epoch), "stale_epoch") << field << " = '" << broken << "'";
    }
    ++epoch;
    ASSERT_EQ(line.install(epoch), "ok");
    redis.client.must({"HDEL", redis::event_key(line.event), field});
    EXPECT_EQ(line.admit(epoch, "A"), "stale_epoch") << "without " << field;
  }
}

void gives_no_place_that_belongs_to_the_next_epoch(RedisUnderTest& redis) {
  LineUnderTest line(redis);
  ASSERT_EQ(line.install(2), "ok");
  set(redis, line, "next", std::to_string(sequence(3, 0).value - 1));
  EXPECT_EQ(line.admit(2, "A B"), "2:4294967295 full | 1");
}

constexpr std::array<RedisLineCheck, 5> checks = {{
    {"GivesEveryKeyATtl", &gives_every_key_a_ttl},
    {"OutlivesTheClosingByADay", &outlives_the_closing_by_a_day},
    {"IsRenewedWhileItIsUsed", &is_renewed_while_it_is_used},
    {"Trap06NeverReadsABrokenFieldAsSomethingElse", &never_reads_a_broken_field_as_something_else},
    {"GivesNoPlaceThatBelongsToTheNextEpoch", &gives_no_place_that_belongs_to_the_next_epoch},
}};

}  // namespace

std::span<const RedisLineCheck> redis_line_checks() { return checks; }

}  // namespace rushline::tests
