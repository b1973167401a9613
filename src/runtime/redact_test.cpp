// No secret survives, and what is no secret stays readable.
#include "runtime/redact.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rushline::runtime {
namespace {

TEST(Redact, HidesThePasswordOfAUrl) {
  EXPECT_EQ(redact("postgresql://shop:s3cret@db:5432/rushline"),
            "postgresql://shop:***@db:5432/rushline");
  EXPECT_EQ(redact("redis://:s3cret@cache:6379/0"), "redis://:***@cache:6379/0");
  EXPECT_EQ(redact("a redis://:x@h and b rediss://u:y@h, done"),
            "a redis://:***@h and b rediss://u:***@h, done");
  EXPECT_EQ(redact("cannot reach 'redis://:it's,a;\"secret<@cache:6379'"),
            "cannot reach 'redis://:***@cache:6379'");
}

TEST(Redact, HidesWhiteSpaceInThePasswordOfASetting) {
  EXPECT_EQ(redact_url("postgresql://shop:a secret@db/rushline"),
            "postgresql://shop:***@db/rushline");
  EXPECT_EQ(redact_url("postgresql://db/rushline?password=a secret&sslmode=require"),
            "postgresql://db/rushline?password=***&sslmode=require");
}

TEST(Redact, HidesPasswordsThatHoldSeparators) {
  EXPECT_EQ(redact("postgresql://shop:a/b@c:d@db/rushline"), "postgresql://shop:***@db/rushline");
}

TEST(Redact, HidesAWordAloneThatCanOnlyBeAPassword) {
  EXPECT_EQ(redact("redis://s3cret@cache:6379/0"), "redis://***@cache:6379/0");
  EXPECT_EQ(redact("rediss://s3cret@"), "rediss://***@");
}

TEST(Redact, HidesParametersAndBearerKeys) {
  EXPECT_EQ(redact("postgresql://db/rushline?password=s3cret&sslmode=require"),
            "postgresql://db/rushline?password=***&sslmode=require");
  EXPECT_EQ(redact("host=db PASSWORD=s3cret user=shop"), "host=db PASSWORD=*** user=shop");
  EXPECT_EQ(redact("postgresql://db/rushline?password=ab,cd;s3cret"),
            "postgresql://db/rushline?password=***");
  EXPECT_EQ(redact("host=db password='a s3cret' user=shop"), "host=db password=*** user=shop");
  EXPECT_EQ(redact("host=db password='torn"), "host=db password=***");
  EXPECT_EQ(redact("authorization: Bearer abc.def"), "authorization: Bearer ***");
}

TEST(Redact, LeavesTheRestAlone) {
  for (const auto* text :
       {"", "sqlite:./rushline.db", "redis://cache:6379/0", "postgresql://shop@db/rushline",
        "mail ana@example.org at 10:30", "sentinel://a:1,b:2/main", "password="}) {
    EXPECT_EQ(redact(text), text);
  }
}

RC_GTEST_PROP(Redact, NeverShowsAPasswordOfAUrl, ()) {
  const auto password = *rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("Q/@:?#&=%+-._~!$'\",;<>"))));
  const std::string shown = redact("redis://user:" + password + "@host:6379/0");
  RC_ASSERT(shown == "redis://user:***@host:6379/0");
}

}  // namespace
}  // namespace rushline::runtime
