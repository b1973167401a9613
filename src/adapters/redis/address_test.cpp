// An address of Redis is read whole or refused with the part that is wrong, never with a secret.
#include "adapters/redis/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <utility>

namespace rushline::redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Address parsed(std::string_view url) {
  const auto address = Address::parse(url);
  EXPECT_TRUE(address) << url << ": " << (address ? "" : address.error().detail);
  return address ? *address : Address{};
}

TEST(Address, OfOneServer) {
  const Address address = parsed("redis://cache.shop.test:7000/3");
  EXPECT_EQ(address.shape, Address::Shape::standalone);
  EXPECT_FALSE(address.uses_tls);
  EXPECT_THAT(address.endpoints, ElementsAre(Endpoint{"cache.shop.test", 7000}));
  EXPECT_EQ(address.database, 3);
  EXPECT_EQ(address.credentials.password, "");
}

TEST(Address, LeavesOutPortAndDatabase) {
  const Address address = parsed("redis://localhost");
  EXPECT_THAT(address.endpoints, ElementsAre(Endpoint{"localhost", 6379}));
  EXPECT_EQ(address.database, 0);
  EXPECT_THAT(parsed("redis://localhost/").endpoints, ElementsAre(Endpoint{"localhost", 6379}));
}

TEST(Address, TakesAnIpv6AddressInBrackets) {
  EXPECT_THAT(parsed("redis://[::1]:7000/0").endpoints, ElementsAre(Endpoint{"::1", 7000}));
  EXPECT_EQ((Endpoint{"::1", 7000}).text(), "[::1]:7000");
}

TEST(Address, DecodesUserAndPassword) {
  const Address address = parsed("rediss://shop:p%40ss%2Fw%3Ard@h:1/0");
  EXPECT_TRUE(address.uses_tls);
  EXPECT_EQ(address.credentials.user, "shop");
  EXPECT_EQ(address.credentials.password, "p@ss/w:rd");
  EXPECT_EQ(parsed("redis://:only@h").credentials.user, "");
  EXPECT_EQ(parsed("redis://:only@h").credentials.password, "only");
  EXPECT_EQ(parsed("redis://:a@b:c@h").credentials.password, "a@b:c");
}

TEST(Address, OfAPrimaryThatSentinelsName) {
  const Address address = parsed("sentinel://u:p@a:1,b,c:3/shop-1?db=2");
  EXPECT_EQ(address.shape, Address::Shape::sentinel);
  EXPECT_THAT(address.endpoints,
              ElementsAre(Endpoint{"a", 1}, Endpoint{"b", 26379}, Endpoint{"c", 3}));
  EXPECT_EQ(address.primary_name, "shop-1");
  EXPECT_EQ(address.database, 2);
  EXPECT_EQ(address.credentials.user, "u");
}

TEST(Address, OfACluster) {
  const Address address = parsed("clusters://:p@a:1,[::1]:2");
  EXPECT_EQ(address.shape, Address::Shape::cluster);
  EXPECT_TRUE(address.uses_tls);
  EXPECT_THAT(address.endpoints, ElementsAre(Endpoint{"a", 1}, Endpoint{"::1", 2}));
}

TEST(Address, SaysWhichPartIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "beginning"},
      {"http://h", "beginning"},
      {"localhost:6379", "beginning"},
      {"REDIS://h", "beginning"},
      {"redis://", "host"},
      {"redis://h ost", "host"},
      {"redis://[::1", "host"},
      {"redis://[x]", "host"},
      {"redis://::1", "host"},
      {"redis://a,b", "host"},
      {"cluster://a,,b", "host"},
      {"cluster://a,", "host"},
      {"redis://h:", "port"},
      {"redis://h:0", "port"},
      {"redis://h:65536", "port"},
      {"redis://h:x", "port"},
      {"redis://[::1]x", "port"},
      {"redis://h/x", "database"},
      {"redis://h/-1", "database"},
      {"redis://h/01", "database"},
      {"redis://h/0/1", "database"},
      {"cluster://h/1", "database"},
      {"sentinel://h/n?db=x", "database"},
      {"redis://h/0?db=1", "parameter"},
      {"sentinel://h/n?x=1", "parameter"},
      {"sentinel://h", "name"},
      {"sentinel://h/", "name"},
      {"sentinel://h/a b", "name"},
      {"redis://user@h", "user"},
      {"redis://user:@h", "password"},
      {"redis://:%2@h", "password"},
      {"redis://:%zz@h", "password"},
      {"redis://%:x@h", "user"},
      {"redis://u:p/w@h", "user or password"},
  };
  for (const auto& [url, part] : wrong) {
    const auto address = Address::parse(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, Errc::configuration);
    EXPECT_THAT(address.error().detail, HasSubstr(std::string("wrong ") + part)) << url;
  }
}

TEST(Address, NeverRepeatsAPassword) {
  for (const char* url :
       {"redis://u:s3cret/x@h:1/0", "redis://u:s3cret@h:bad/0", "redis://u:s3cret@h:1/x",
        "redis://u:%s3cret@h", "redis://u:s3cret", "redis://:s3cret?x@h", "sentinel://u:s3cret@h",
        "s3cret://h", "redis://u:1/s3cret"}) {
    const auto address = Address::parse(url);
    ASSERT_FALSE(address) << url;
    EXPECT_THAT(address.error().detail, Not(HasSubstr("s3cret"))) << url;
  }
  EXPECT_EQ(parsed("redis://u:s3cret@h:1/2").name(), "Redis at h:1, database 2");
  EXPECT_EQ(parsed("sentinel://u:s3cret@h:1,i:2/n").name(), "Redis n of the Sentinels h:1,i:2");
  EXPECT_EQ(parsed("cluster://u:s3cret@h:1").name(), "Redis Cluster of h:1");
}

RC_GTEST_PROP(Address, ReadsAnyPasswordThatIsEncoded, (const std::string& password)) {
  RC_PRE(!password.empty());
  std::string encoded;
  for (const char sign : password) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(sign);
    encoded += {'%', digits[byte / 16], digits[byte % 16]};
  }
  const auto address = Address::parse("redis://:" + encoded + "@h");
  RC_ASSERT(address.has_value());
  RC_ASSERT(address->credentials.password == password);
}

}  // namespace
}  // namespace rushline::redis
