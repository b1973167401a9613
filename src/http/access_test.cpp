// Keys: made, written down as hashes, read back, found.
#include "http/access.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rushline::http {
namespace {

std::string bearer(const std::string& key) { return "Bearer " + key; }

TEST(Access, FindsTheCallerOfAKeyItHasTheHashOf) {
  const std::string shop_key = *generate_key();
  const std::string admin_key = *generate_key();
  const auto access = Access::with_keys(
      "# the keys of the shop\n\n" + key_line("checkout", Scope::shop, hash_key(shop_key)) +
      "  # since May\r\n" + key_line("back-office", Scope::any, hash_key(admin_key)));
  ASSERT_TRUE(access) << access.error().detail;
  EXPECT_FALSE(access->is_open());
  ASSERT_NE(access->find(bearer(shop_key)), nullptr);
  EXPECT_EQ(access->find(bearer(shop_key))->name, "checkout");
  EXPECT_EQ(access->find(bearer(shop_key))->scopes, Scope::shop);
  EXPECT_EQ(access->find("bearer  " + admin_key)->name, "back-office");
  EXPECT_EQ(access->find(bearer(admin_key))->scopes, Scope::any);
}

TEST(Access, KnowsNobodyElse) {
  const std::string key = *generate_key();
  const auto access = Access::with_keys(key_line("shop", Scope::shop, hash_key(key)));
  ASSERT_TRUE(access);
  for (const std::string& wrong :
       {std::string(), std::string("Bearer"), std::string("Bearer "), key, "Basic " + key,
        bearer(key + "x"), bearer(key.substr(1)), bearer(std::string(1000, 'x'))}) {
    EXPECT_EQ(access->find(wrong), nullptr) << wrong;
  }
  EXPECT_EQ(access->anonymous(), nullptr);
}

TEST(Access, LetsEverybodyDoEverythingWhenOpen) {
  const Access access = Access::open();
  ASSERT_NE(access.anonymous(), nullptr);
  EXPECT_EQ(access.anonymous()->name, "local");
  EXPECT_EQ(access.anonymous()->scopes, Scope::any);
  EXPECT_EQ(access.find("Bearer whatever"), access.anonymous());
}

TEST(Access, NamesTheLineThatIsWrongAndShowsNothingOfIt) {
  const std::string line = key_line("shop", Scope::shop, hash_key("k"));
  for (const std::string& wrong :
       {std::string("secret"), std::string("shop shop secret"), "a/b " + line.substr(5),
        "shop boss" + line.substr(9), line + " secret", line.substr(0, line.size() - 1),
        line + "\n" + line, line + "\n" + "other" + line.substr(4)}) {
    const auto access = Access::with_keys("# secret\n" + wrong);
    ASSERT_FALSE(access) << wrong;
    EXPECT_EQ(access.error().code, Errc::configuration);
    EXPECT_NE(access.error().detail.find("Line "), std::string::npos) << access.error().detail;
    EXPECT_EQ(access.error().detail.find("secret"), std::string::npos) << access.error().detail;
  }
}

TEST(Access, RefusesAFileWithoutKeys) {
  for (const char* text : {"", "\n\n", "# nobody\n"}) {
    EXPECT_EQ(Access::with_keys(text).error().code, Errc::configuration) << text;
  }
}

TEST(Access, MakesKeysThatNobodyGuesses) {
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.insert(*generate_key());
  EXPECT_EQ(keys.size(), 100U);
  for (const std::string& key : keys) {
    EXPECT_EQ(key.size(), 46U);
    EXPECT_TRUE(key.starts_with("rl_"));
    EXPECT_EQ(key.find_first_of("+/= "), std::string::npos);
  }
}

TEST(Access, HashesKeysAsOthersDo) {
  const std::string line = key_line("shop", Scope::any, hash_key("abc"));
  EXPECT_EQ(line,
            "shop shop,admin ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Access, ReadsScopes) {
  EXPECT_EQ(*parse_scopes("shop"), Scope::shop);
  EXPECT_EQ(*parse_scopes("admin"), Scope::admin);
  EXPECT_EQ(*parse_scopes("admin,shop"), Scope::any);
  for (const char* wrong : {"", ",", "shop,", "Shop", "shop, admin", "any"}) {
    EXPECT_FALSE(parse_scopes(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace rushline::http
