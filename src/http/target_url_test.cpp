// What people may write behind --target, and what they are told otherwise.
#include "http/target_url.hpp"

#include <gtest/gtest.h>

namespace rushline::http {
namespace {

TEST(TargetUrl, TakesHostAndPort) {
  const Result<TargetUrl> target = parse_target("http://127.0.0.1:8080");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->host, "127.0.0.1");
  EXPECT_EQ(target->port, 8080);
  EXPECT_EQ(target->authority(), "127.0.0.1:8080");
}

TEST(TargetUrl, TakesATrailingSlashAndNoPort) {
  EXPECT_EQ(parse_target("http://shop.example/")->authority(), "shop.example:80");
}

TEST(TargetUrl, TakesIpv6InBrackets) {
  const Result<TargetUrl> target = parse_target("http://[::1]:9000");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->host, "::1");
  EXPECT_EQ(target->authority(), "[::1]:9000");
}

TEST(TargetUrl, SaysWhatIsWrongAndWhatWouldBeRight) {
  for (const char* url : {"", "127.0.0.1:8080", "https://a", "ftp://a", "http://", "http://:80",
                          "http://a:", "http://a:0", "http://a:65536", "http://a:b", "http://a:80x",
                          "http://a/v1", "http://a?b", "http://u@a", "http://[::1",
                          "http://[::1]80", "http://[::1]:", "http://a b"}) {
    const Result<TargetUrl> target = parse_target(url);
    ASSERT_TRUE(target.has_error()) << url;
    EXPECT_EQ(target.error().code, Errc::invalid_input) << url;
    EXPECT_NE(target.error().detail.find("http://HOST:PORT"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace rushline::http
