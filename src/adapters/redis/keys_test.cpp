// Keys are spelled as docs/redis-keys.md lists them, and what belongs together shares a slot.
#include "adapters/redis/keys.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace rushline::redis {
namespace {

std::string hash_tag_of(std::string_view key) {
  const std::size_t open = key.find('{');
  return std::string(key.substr(open, key.find('}') - open + 1));
}

TEST(Keys, AreSpelledAsTheShopWasTold) {
  EXPECT_EQ(event_key({17}), "coupon-events:{17}");
  EXPECT_EQ(line_key({17}), "queue:coupon-events:{17}");
  EXPECT_EQ(daily_key(Day{20'455}), "rank:{products}:daily:20260102");
  EXPECT_EQ(window_key(Day{20'455}), "rank:{products}:window:3d:20260102");
  EXPECT_EQ(board_state_key(), "rank:{products}:state");
}

// Trap 11: a function in a Cluster may touch keys of one slot only.
TEST(Keys, OfOneFunctionShareASlot) {
  EXPECT_EQ(hash_tag_of(event_key({17})), "{17}");
  EXPECT_EQ(hash_tag_of(event_key({17})), hash_tag_of(line_key({17})));
  const std::string tag = hash_tag_of(board_state_key());
  EXPECT_EQ(hash_tag_of(daily_key(Day{1})), tag);
  EXPECT_EQ(hash_tag_of(window_key(Day{1})), tag);
}

TEST(Keys, StandInTheirPage) {
  std::ifstream file(RUSHLINE_SOURCE_DIR "/docs/redis-keys.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> documented;
  const std::regex row(R"(\| `([^`]+)` \| (\w+) \|.*\| (?:`(\{\w+\})`)? ?\|)");
  for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
    documented.insert((*at)[1].str() + " " + (*at)[2].str() + " " + (*at)[3].str());
  }
  std::set<std::string> known;
  for (const KeyKind& kind : all_key_kinds()) {
    known.insert(std::string(kind.name) + " " + std::string(kind.type) + " " +
                 std::string(kind.slot));
  }
  EXPECT_EQ(documented, known);
}

}  // namespace
}  // namespace rushline::redis
