// Every user has a rate of their own, in a table that never grows.
#include "http/user_rates.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace rushline::http {
namespace {

using namespace std::chrono_literals;

constexpr Monotonic start{1h};

UserId user(int number) { return *UserId::parse("user-" + std::to_string(number)); }

TEST(UserRates, EveryUserHasARateOfTheirOwn) {
  UserRates rates({.per_second = 1, .burst = 2});
  for (int number = 0; number < 10'000; ++number) {
    EXPECT_TRUE(rates.take_one(user(number), start).is_let_in);
    EXPECT_TRUE(rates.take_one(user(number), start).is_let_in);
    EXPECT_FALSE(rates.take_one(user(number), start).is_let_in) << number;
  }
}

TEST(UserRates, TellsUsersApartByEveryCharacter) {
  UserRates rates({.per_second = 1, .burst = 1});
  const std::string longest(64, 'a');
  for (std::size_t at = 0; at < longest.size(); ++at) {
    std::string name = longest;
    name[at] = 'b';
    EXPECT_TRUE(rates.take_one(*UserId::parse(name), start).is_let_in) << name;
    EXPECT_TRUE(rates.take_one(*UserId::parse(longest.substr(at)), start).is_let_in) << at;
  }
}

TEST(UserRates, WhoIsQuietIsForgottenAndLosesNothingByIt) {
  UserRates rates({.per_second = 1, .burst = 5}, 1);
  for (Monotonic now = start; now < start + 1h; now += 1min) {
    for (int number = 0; number < 3; ++number) {
      EXPECT_EQ(rates.take_one(user(number + static_cast<int>(now.time_since_epoch() / 1min)), now)
                    .remaining,
                4);
    }
  }
}

TEST(UserRates, AFullTableRefusesNobodyWrongly) {
  UserRates rates({.per_second = 1, .burst = 1}, 1);
  for (int number = 0; number < 1'000; ++number) {
    EXPECT_TRUE(rates.take_one(user(number), start).is_let_in) << number;
  }
}

TEST(UserRates, AFullTableForgetsWhoseBurstIsBackFirst) {
  UserRates rates({.per_second = 1, .burst = 10}, 1);
  rates.take_one(user(0), start);
  for (int number = 1; number < 5; ++number) {
    for (int i = 0; i < 10; ++i) rates.take_one(user(number), start);
  }
  rates.take_one(user(5), start);  // takes the place of user 0
  for (int number = 1; number < 5; ++number) {
    EXPECT_FALSE(rates.take_one(user(number), start).is_let_in) << number;
  }
}

TEST(UserRates, ThreadsThatAskTogetherGetOneBurst) {
  UserRates rates({.per_second = 1, .burst = 3'000});
  std::atomic<int> let_in = 0;
  std::vector<std::jthread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&] {
      for (int n = 0; n < 2'000; ++n) {
        if (rates.take_one(user(1), start).is_let_in) ++let_in;
      }
    });
  }
  askers.clear();
  EXPECT_EQ(let_in, 3'000);
}

}  // namespace
}  // namespace rushline::http
