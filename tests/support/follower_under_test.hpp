// A follower on fakes: a record, a board and lists that a test moves by hand.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <string>

#include "core/limits.hpp"
#include "ranking/follower.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_ranking_board.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::tests {

class FollowerUnderTest : public ::testing::Test {
 protected:
  FollowerUnderTest() { database_.undoes(store_.state); }

  // Until there is nothing to do at once.
  Result<void> run() {
    for (;;) {
      const auto more = follower_.run_once();
      if (more.has_error()) return more.error();
      if (!*more) return {};
    }
  }
  // So long that lists which nobody confirmed are stale.
  void wait_unconfirmed() {
    clock_.advance(limits::list_unconfirmed_max + std::chrono::milliseconds{1});
    list_.watch(clock_.monotonic());
  }
  Day today() const { return calendar_.day_of(clock_.now()); }
  // "B:7 A:3"
  std::string list(std::int32_t days) const {
    const boost::json::value value = body(days);
    std::string text;
    for (const auto& item : value.at("items").as_array()) {
      if (!text.empty()) text += ' ';
      text += item.at("product_id").as_string();
      text += ':' + std::to_string(item.at("score").as_int64());
    }
    return text;
  }
  boost::json::value body(std::int32_t days) const {
    return boost::json::parse(list_.get(days, limits::popular_limit_max)->body);
  }
  bool is_stale() const { return body(3).at("stale").as_bool(); }
  int reads_of_the_store() const {
    return store_.calls.changes + store_.calls.pages + store_.calls.top + store_.calls.labels;
  }

  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  ManualClock clock_{calendar_.start_of(Day{20'455}) + std::chrono::hours{22}};
  FakeDatabase database_{clock_};
  FakeSalesStore store_;
  FakeRankingBoard board_;
  ranking::PopularList list_{"Asia/Seoul"};
  ranking::Follower follower_{database_, store_, board_, list_, calendar_, clock_};
};

}  // namespace rushline::tests
