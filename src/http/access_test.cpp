// Keys: made, written down as hashes, read back, found.
#include "http/access.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rushline::http {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp now{std::chrono::seconds{1'767'322'800}};

std::string bearer(const std::string& key) { return "Bearer " + key; }

TEST(Access, FindsTheCallerOfAKeyItHasTheHashOf) {
  const std::string shop_key = *generate_key();
  const std::string admin_key = *generate_key();
  const auto access = Access::with_keys(
      "# the keys of the shop\n\n" + key_line("checkout", Scope::shop, hash_key(shop_key)) +
      "  # since May\r\n" + key_line("back-office", Scope::any, hash_key(admin_key)));
  ASSERT_TRUE(access) << access.error().detail;
  EXPECT_FALSE(access->is_open());
  const auto shop = access->find(bearer(shop_key), now).caller;
  ASSERT_TRUE(shop);
  EXPECT_EQ(shop->name, "checkout");
  EXPECT_EQ(shop->scopes, Scope::shop);
  EXPECT_TRUE(shop->acts_for(*UserId::parse("anybody")));
  const auto admin = access->find("bearer  " + admin_key, now).caller;
  ASSERT_TRUE(admin);
  EXPECT_EQ(admin->name, "back-office");
  EXPECT_EQ(admin->scopes, Scope::any);
}

TEST(Access, KnowsNobodyElse) {
  const std::string key = *generate_key();
  const auto access = Access::with_keys(key_line("shop", Scope::shop, hash_key(key)));
  ASSERT_TRUE(access);
  for (const std::string& wrong :
       {std::string(), std::string("Bearer"), std::string("Bearer "), key, "Basic " + key,
        bearer(key + "x"), bearer(key.substr(1)), bearer(std::string(1000, 'x'))}) {
    const Access::Finding found = access->find(wrong, now);
    EXPECT_FALSE(found.caller) << wrong;
    EXPECT_FALSE(found.why_not.empty()) << wrong;
  }
}

TEST(Access, LetsAShopperInForAsLongAsTheTokenIsGood) {
  const ShopperSecret secret{"spring", *generate_key()};
  auto access = *Access::with_keys(key_line("shop", Scope::shop, hash_key(*generate_key())));
  const UserId mina = *UserId::parse("mina");
  const std::string token = bearer(make_shopper_token(mina, now + 60s, secret));
  EXPECT_FALSE(access.find(token, now).caller);
  access.accept_shoppers({secret});
  const Access::Finding found = access.find(token, now);
  ASSERT_TRUE(found.caller) << found.why_not;
  EXPECT_EQ(found.caller->name, "shopper/mina");
  EXPECT_FALSE(is_key_name(found.caller->name));
  EXPECT_EQ(found.caller->scopes, Scope::shopper);
  EXPECT_TRUE(found.caller->acts_for(mina));
  EXPECT_FALSE(found.caller->acts_for(*UserId::parse("jin")));
  EXPECT_EQ(found.until, now + 60s);
  EXPECT_FALSE(access.find(token, found.until).caller);
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
