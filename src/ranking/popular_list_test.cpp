// Lists as bytes: JSON that says what api.md promises, an ETag per state, no reader ever going
// back.
#include "ranking/popular_list.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <thread>

#include "core/limits.hpp"
#include "tests/support/fake_sales_store.hpp"

namespace rushline::ranking {
namespace {

using tests::product;

constexpr Day today{20'455};

ListState state_at(std::int64_t revision, std::vector<ListItem> items, std::int32_t days = 3) {
  ListState state;
  state.window = {today, days};
  state.record = {Revision{revision}, *parse_rfc3339("2026-01-02T03:04:05.5Z"), 1};
  state.items = std::move(items);
  return state;
}

std::vector<ListItem> some_items(std::int64_t count) {
  std::vector<ListItem> items;
  for (std::int64_t i = 0; i < count; ++i) {
    items.push_back({product("p" + std::to_string(i)), 1'000 - i, "Name", Money{5}});
  }
  return items;
}

TEST(PopularList, RendersTheListOfTheContract) {
  PopularList list("Asia/Seoul");
  list.publish(state_at(4, {{product("A"), 7, "Tea \"green\"", Money{1'500}},
                            {product("B"), 3, std::nullopt, std::nullopt}}));
  EXPECT_EQ(
      list.get(3, 5)->body,
      R"({"window":{"days":3,"from":"2025-12-31","to":"2026-01-02","time_zone":"Asia/Seoul"},)"
      R"("as_of":"2026-01-02T03:04:05.5Z","source":"board","stale":false,"items":[)"
      R"({"rank":1,"product_id":"A","name":"Tea \"green\"","price":1500,"score":7},)"
      R"({"rank":2,"product_id":"B","name":null,"price":null,"score":3}]})");
}

TEST(PopularList, GivesNothingBeforeTheFirstPublish) {
  PopularList list("Asia/Seoul");
  EXPECT_FALSE(list.published());
  EXPECT_EQ(list.get(1, 5), nullptr);
  list.publish(state_at(1, some_items(2), 3));
  EXPECT_EQ(list.get(1, 5), nullptr);
  EXPECT_NE(list.get(3, 5), nullptr);
}

TEST(PopularList, CutsToTheLimitAndKeepsWindowsApart) {
  PopularList list("UTC");
  list.publish(state_at(1, some_items(100), 3));
  EXPECT_FALSE(list.published());
  list.publish(state_at(1, some_items(2), 1));
  EXPECT_TRUE(list.published());
  const auto count = [&](std::int32_t days, std::int64_t limit) {
    return boost::json::parse(list.get(days, limit)->body).at("items").as_array().size();
  };
  EXPECT_EQ(count(3, 1), 1U);
  EXPECT_EQ(count(3, 5), 5U);
  EXPECT_EQ(count(3, 100), 100U);
  EXPECT_EQ(count(1, 1), 1U);
  EXPECT_EQ(count(1, 100), 2U);
}

TEST(PopularList, HasAnotherETagWheneverTheBytesDiffer) {
  PopularList list("UTC");
  std::set<std::string> etags;
  std::set<std::string> bodies;
  const auto read = [&] {
    for (const std::int64_t limit : {1, 2, 100}) {
      const auto bytes = list.get(3, limit);
      EXPECT_EQ(bytes->etag.front(), '"');
      EXPECT_EQ(bytes->etag.back(), '"');
      etags.insert(bytes->etag);
      bodies.insert(bytes->body);
    }
  };
  ListState state = state_at(1, some_items(3));
  list.publish(state);
  read();
  read();
  state.record.revision = {2};
  state.record.folded_at += std::chrono::seconds{1};
  list.publish(state);
  read();
  state.items[0].name = "Renamed";
  ++state.record.catalog_revision;
  list.publish(state);
  read();
  state.source = ListSource::database;
  list.publish(state);
  read();
  state.source = ListSource::board;
  list.publish(state);
  list.watch(Monotonic{} + limits::list_unconfirmed_max * 2);
  read();
  state.window.last = today + 1;
  list.publish(state);
  read();
  EXPECT_EQ(bodies.size(), 18U);
  EXPECT_EQ(etags.size(), bodies.size());
}

TEST(PopularList, IgnoresAnOlderState) {
  PopularList list("UTC");
  ListState newer = state_at(5, some_items(3));
  newer.record.catalog_revision = 9;
  list.publish(newer);
  const auto before = list.get(3, 100);
  list.publish(state_at(4, some_items(1)));
  ListState older_names = state_at(5, some_items(1));
  older_names.record.catalog_revision = 8;
  list.publish(older_names);
  EXPECT_EQ(list.get(3, 100)->body, before->body);
}

TEST(PopularList, KeepsTheDayOfARevision) {
  PopularList list("UTC");
  ListState state = state_at(5, some_items(3));
  list.publish(state);
  const auto before = list.get(3, 100);
  state.window.last = today - 1;
  state.items = some_items(1);
  list.publish(state);
  EXPECT_EQ(list.get(3, 100)->body, before->body);
  state.window.last = today - 300;  // the day was far off, and was corrected
  list.publish(state);
  EXPECT_NE(list.get(3, 100)->body, before->body);
}

TEST(PopularList, IsStaleUntilItIsConfirmedAgain) {
  const Monotonic start{std::chrono::hours{1}};
  const auto late = start + limits::list_unconfirmed_max + std::chrono::milliseconds{1};
  PopularList list("UTC");
  for (const std::int32_t days : {1, 3}) {
    ListState state = state_at(5, some_items(3), days);
    state.confirmed_at = start;
    list.publish(state);
  }
  const auto fresh = list.get(3, 5);
  EXPECT_EQ(fresh->stale_since, std::nullopt);
  list.watch(start + limits::list_unconfirmed_max);
  EXPECT_EQ(list.get(3, 5)->etag, fresh->etag);
  list.watch(late);
  for (const std::int32_t days : {1, 3}) {
    const auto stale = list.get(days, 5);
    EXPECT_NE(stale->body.find(R"("source":"board","stale":true)"), std::string::npos);
    EXPECT_EQ(stale->stale_since, start);
  }
  EXPECT_TRUE(list.freshness().stale);
  EXPECT_NE(list.get(3, 5)->etag, fresh->etag);
  list.confirm(late);
  EXPECT_EQ(list.get(3, 5)->etag, fresh->etag);
  EXPECT_EQ(list.get(3, 5)->stale_since, std::nullopt);
  EXPECT_FALSE(list.freshness().stale);
}

TEST(PopularList, TellsWhereAProductStands) {
  PopularList list("UTC");
  EXPECT_FALSE(list.place_of(3, product("p0")).has_value());
  list.publish(state_at(1, some_items(100)));
  const auto place = list.place_of(3, product("p7"));
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->rank, 8);
  EXPECT_EQ(place->score, 993);
  EXPECT_FALSE(list.place_of(1, product("p7")).has_value());
}

TEST(PopularList, KeepsListsOfOneProcessApart) {
  PopularList first("UTC");
  first.publish(state_at(1, some_items(1)));
  EXPECT_NE(first.get(3, 5)->body.find("p0"), std::string::npos);
  const PopularList second("UTC");
  EXPECT_EQ(second.get(3, 5), nullptr);
}

TEST(PopularList, LeavesBytesAloneThatAReaderStillSends) {
  PopularList list("UTC");
  list.publish(state_at(1, some_items(1)));
  const auto bytes = list.get(3, 5);
  const std::string body = bytes->body;
  list.publish(state_at(2, some_items(2)));
  EXPECT_NE(list.get(3, 5)->body, body);
  EXPECT_EQ(bytes->body, body);
}

// Readers hand the highest score that any of them saw to each other; none may read a lower one.
TEST(PopularList, ShowsNobodyAnOlderListThanAnybodySawBefore) {
  PopularList list("UTC");
  constexpr std::int64_t states = 2'000;
  std::atomic<std::int64_t> highest_seen = 0;
  std::atomic<bool> went_back = false;
  const auto publish = [&](std::int64_t revision) {
    list.publish(state_at(revision, {{product("A"), revision, std::nullopt, std::nullopt}}));
  };
  publish(1);
  const auto read = [&] {
    for (std::int64_t seen = 0; seen < states;) {
      const std::int64_t seen_before = highest_seen.load();
      const std::string etag = list.get(3, 1)->etag;
      seen = std::stoll(etag.substr(1));
      if (seen < seen_before) went_back = true;
      for (std::int64_t highest = highest_seen.load();
           highest < seen && !highest_seen.compare_exchange_weak(highest, seen);) {
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  for (std::int64_t revision = 2; revision <= states; ++revision) publish(revision);
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(went_back);
}

RC_GTEST_PROP(PopularList, EveryNameComesThroughJsonUnchanged, ()) {
  const auto name = *rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::inRange<char>(0, 127), rc::gen::element('"', '\\', '\n', '/')));
  const std::string utf8 = name + "\xED\x95\x9C\xF0\x9F\x8D\xB5";
  PopularList list("UTC");
  list.publish(state_at(1, {{product("A"), 1, utf8, Money{3}}}));
  const auto body = boost::json::parse(list.get(3, 5)->body);
  RC_ASSERT(body.at("items").at(0).at("name").as_string() == std::string_view(utf8));
}

}  // namespace
}  // namespace rushline::ranking
