// The allow-list of origins.
#include "http/cors.hpp"

#include <gtest/gtest.h>

namespace rushline::http {
namespace {

TEST(Cors, AllowsTheOriginsOfTheListAndNoOther) {
  const auto cors = Cors::for_origins("https://shop.example, http://localhost:3000");
  ASSERT_TRUE(cors) << cors.error().detail;
  for (const std::string_view origin : {"https://shop.example", "http://localhost:3000"}) {
    const std::string_view lines = cors->lines_for(origin);
    EXPECT_NE(lines.find("Access-Control-Allow-Origin: " + std::string(origin) + "\r\n"),
              std::string_view::npos);
    EXPECT_TRUE(lines.ends_with("Vary: Origin\r\n"));
    EXPECT_EQ(lines.find("Credentials"), std::string_view::npos);
  }
  for (const std::string_view origin :
       {"", "null", "http://shop.example", "https://shop.example.evil", "https://shop.example:443",
        "https://a.shop.example", "https://shop.example/"}) {
    EXPECT_EQ(cors->lines_for(origin), "Vary: Origin\r\n") << origin;
  }
}

TEST(Cors, SaysNothingWithoutAList) {
  EXPECT_EQ(Cors().lines_for("https://shop.example"), "");
  EXPECT_EQ(Cors::for_origins("")->lines_for("https://shop.example"), "");
}

TEST(Cors, RefusesWhatIsNoOrigin) {
  for (const std::string_view wrong :
       {"*", "null", "shop.example", "ftp://shop.example", "https://", "https://shop.example/",
        "https://Shop.example", "https://shop.example:", "https://shop.example:x", "https://a,,",
        "https://shop.example:123456", "https://user@shop.example", "https://a\r\nb: c"}) {
    const auto cors = Cors::for_origins(wrong);
    ASSERT_FALSE(cors) << wrong;
    EXPECT_EQ(cors.error().code, Errc::configuration);
  }
}

}  // namespace
}  // namespace rushline::http
