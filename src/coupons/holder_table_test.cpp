// The table of holders finds everybody who was added, with their own coupon, and nobody else.
#include "coupons/holder_table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;

UserId user(const std::string& name) { return *UserId::parse(name); }

HeldCoupon held(std::int64_t issue_no) {
  HeldCoupon made{CouponId{issue_no * 7}, issue_no, Timestamp{1s * issue_no}, std::nullopt};
  if (issue_no % 2 == 0) made.expires_at = Timestamp{2s * issue_no};
  return made;
}

TEST(HolderTable, KnowsNobodyAtFirst) {
  const HolderTable table;
  EXPECT_EQ(table.find(user("a")), std::nullopt);
  EXPECT_EQ(table.through(), 0);
}

TEST(HolderTable, KeepsTheLongestAndTheShortestIds) {
  HolderTable table;
  const std::string longest(shop_id_length_max, 'z');
  table.append(user("a"), held(1));
  table.append(user(longest), held(2));

  EXPECT_EQ(table.find(user("a")), held(1));
  EXPECT_EQ(table.find(user(longest)), held(2));
  EXPECT_EQ(table.find(user(longest.substr(1))), std::nullopt);
  EXPECT_EQ(table.through(), 2);
}

TEST(HolderTable, FindsEveryOneOfManyAndNoStranger) {
  HolderTable table;
  constexpr int count = 100'000;
  for (int i = 1; i <= count; ++i) table.append(user("user-" + std::to_string(i)), held(i));

  for (int i = 1; i <= count; ++i) {
    ASSERT_EQ(table.find(user("user-" + std::to_string(i))), held(i));
  }
  for (int i = count + 1; i <= 2 * count; ++i) {
    ASSERT_EQ(table.find(user("user-" + std::to_string(i))), std::nullopt);
  }
}

RC_GTEST_PROP(HolderTableProperty, EqualsAMap, ()) {
  const auto names = *rc::gen::container<std::vector<std::string>>(
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', 'b', '.', '-'))));
  HolderTable table;
  std::map<std::string, HeldCoupon> expected;
  for (std::string name : names) {
    name.resize(std::min(name.size(), shop_id_length_max));
    const HeldCoupon next = held(table.through() + 1);
    if (expected.emplace(name, next).second) table.append(user(name), next);
    for (const auto& [each, coupon] : expected) RC_ASSERT(table.find(user(each)) == coupon);
  }
}

TEST(HolderTable, ReadersFindWhatThroughPromisesWhileItGrows) {
  HolderTable table;
  constexpr int count = 20'000;
  const auto name = [](std::int64_t i) { return user("user-" + std::to_string(i)); };
  std::vector<std::thread> readers;
  std::atomic<int> missed = 0;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      for (std::int64_t through = 0; through < count;) {
        through = table.through();
        for (std::int64_t i = std::max<std::int64_t>(1, through - 20); i <= through; ++i) {
          if (table.find(name(i)) != held(i)) ++missed;
        }
      }
    });
  }
  for (int i = 1; i <= count; ++i) table.append(name(i), held(i));
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace rushline::coupons
