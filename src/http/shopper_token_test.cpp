// Tokens: whom they let in, and everything that they must not.
#include "http/shopper_token.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <rapidcheck/gtest.h>

#include "core/limits.hpp"
#include "http/base64url.hpp"

namespace rushline::http {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp now{std::chrono::seconds{1'767'322'800}};
const ShopperSecret spring{"spring", "0123456789abcdef0123456789abcdef"};
const ShopperSecret summer{"summer", "fedcba9876543210fedcba9876543210"};
const ShopperSecrets both{spring, summer};

// What a backend may sign, right or wrong.
std::string signed_token(std::string_view header, std::string_view claims,
                         std::string_view secret = spring.secret) {
  std::string token = encode_base64url(header) + "." + encode_base64url(claims);
  unsigned char signature[32];
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(token.data()), token.size(), signature, &length);
  return token + "." + encode_base64url({reinterpret_cast<const char*>(signature), length});
}

std::string with_claims(std::string_view claims) {
  return signed_token(R"({"alg":"HS256","typ":"JWT"})", claims);
}

std::string why_not(const std::string& token) {
  const TokenReading reading = read_shopper_token(token, both, now);
  EXPECT_NE(reading.claims.has_value(), !reading.why_not.empty());
  return std::string(reading.why_not);
}

TEST(ShopperToken, NamesItsUserUntilItExpires) {
  const UserId mina = *UserId::parse("mina");
  const std::string token = make_shopper_token(mina, now + 60s, summer);
  ASSERT_TRUE(is_shopper_token(token));
  const TokenReading reading = read_shopper_token(token, both, now);
  ASSERT_TRUE(reading.claims) << reading.why_not;
  EXPECT_EQ(reading.claims->user, mina);
  EXPECT_EQ(reading.claims->expires, now + 60s);
  EXPECT_TRUE(read_shopper_token(token, both, now + 59s).claims);
  EXPECT_FALSE(read_shopper_token(token, both, now + 60s).claims);
}

TEST(ShopperToken, IsTakenFromAnyLibraryThatSignsHs256) {
  EXPECT_EQ(why_not(with_claims(R"({"iat":1767322700, "sub":"mina", "exp":1767322900})")), "");
  EXPECT_EQ(why_not(with_claims(R"({"sub":"mina","exp":1767322900,"aud":["x","rushline"]})")), "");
  EXPECT_EQ(why_not(with_claims(R"({"sub":"mina","exp":1767322900,"roles":{"a":[1]}})")), "");
  EXPECT_EQ(why_not(with_claims(R"({"roles":{"sub":"x"},"sub":"mina","exp":1767322900})")), "");
}

TEST(ShopperToken, IsRefusedWhenItsClaimsAreNotRight) {
  for (const std::string_view claims : {
           R"({"exp":1767322900})",
           R"({"sub":17,"exp":1767322900})",
           R"({"sub":"mi na","exp":1767322900})",
           R"({"sub":"mina"})",
           R"({"sub":"mina","exp":"1767322900"})",
           R"({"sub":"mina","exp":1767322900.5})",
           R"({"sub":"mina","exp":-1})",
           R"({"sub":"mina","exp":9007199254740991})",
           R"({"sub":"mina","exp":1767322800})",
           R"({"sub":"mina","exp":1767326431})",
           R"({"sub":"mina","exp":1767322900,"nbf":1767322831})",
           R"({"sub":"mina","exp":1767322900,"nbf":"soon"})",
           R"({"sub":"mina","exp":1767322900,"aud":"elsewhere"})",
           R"({"sub":"mina","exp":1767322900,"aud":[]})",
           R"({"sub":"mina","exp":1767322900,"aud":["x",["rushline"],{"a":"rushline"}]})",
           R"({"sub":"mina","exp":1767322900,"aud":17})",
           R"({"sub":"mina","sub":"jin","exp":1767322900})",
           R"(["sub"])",
           "",
           "{",
       }) {
    EXPECT_NE(why_not(with_claims(claims)), "") << claims;
  }
}

TEST(ShopperToken, NeverChoosesItsAlgorithm) {
  constexpr std::string_view claims = R"({"sub":"mina","exp":1767322900})";
  for (const std::string_view header :
       {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})", R"({"alg":"hs256"})",
        R"({})", R"({"alg":"HS256","crit":["b64"]})", R"({"alg":"none","alg":"HS256"})"}) {
    EXPECT_NE(why_not(signed_token(header, claims)), "") << header;
  }
  const std::string unsigned_token =
      encode_base64url(R"({"alg":"HS256"})") + "." + encode_base64url(claims) + ".";
  EXPECT_NE(why_not(unsigned_token), "");
}

TEST(ShopperToken, NeedsTheSecretThatItNames) {
  constexpr std::string_view claims = R"({"sub":"mina","exp":1767322900})";
  EXPECT_EQ(why_not(signed_token(R"({"alg":"HS256","kid":"spring"})", claims)), "");
  EXPECT_NE(why_not(signed_token(R"({"alg":"HS256","kid":"summer"})", claims)), "");
  EXPECT_NE(why_not(signed_token(R"({"alg":"HS256","kid":"winter"})", claims)), "");
  EXPECT_NE(why_not(signed_token(R"({"alg":"HS256","kid":1})", claims)), "");
  EXPECT_NE(why_not(signed_token(R"({"alg":"HS256"})", claims, "another secret")), "");
  const std::string token = signed_token(R"({"alg":"HS256"})", claims);
  EXPECT_FALSE(read_shopper_token(token, {}, now).claims);
  EXPECT_FALSE(read_shopper_token(token, {summer}, now).claims);
}

TEST(ShopperToken, IsRefusedWhenItIsTooLong) {
  const std::string claims = fmt::format(R"({{"sub":"mina","exp":1767322900,"x":"{}"}})",
                                         std::string(limits::shopper_token_bytes_max, 'x'));
  EXPECT_NE(why_not(with_claims(claims)), "");
}

RC_GTEST_PROP(ShopperToken, IsRefusedWhenAnyCharacterIsAnother, ()) {
  static const std::string token = make_shopper_token(*UserId::parse("mina"), now + 60s, spring);
  std::string damaged = token;
  const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
  const char other = *rc::gen::arbitrary<char>();
  RC_PRE(other != token[at]);
  damaged[at] = other;
  RC_ASSERT(!is_shopper_token(damaged) || !read_shopper_token(damaged, both, now).claims);
}

TEST(ShopperSecrets, AreReadFromTheirLines) {
  const auto secrets =
      parse_shopper_secrets("# the shop's\n\n" + spring.name + " " + spring.secret +
                            "  # since May\r\n" + shopper_secret_line(summer.name, summer.secret));
  ASSERT_TRUE(secrets) << secrets.error().detail;
  ASSERT_EQ(secrets->size(), 2U);
  EXPECT_EQ(secrets->front().secret, spring.secret);
  EXPECT_EQ(secrets->back().name, "summer");
}

TEST(ShopperSecrets, ThatAreWrongAreNamedByLineAndNeverShown) {
  const std::string good = shopper_secret_line("a", spring.secret);
  for (const std::string& wrong :
       {std::string("name hush"), std::string("name"), "a/b " + spring.secret, good + " hush",
        good + "\n" + good, "a " + std::string(257, 'x')}) {
    const auto secrets = parse_shopper_secrets("# hush\n" + wrong);
    ASSERT_FALSE(secrets) << wrong;
    EXPECT_EQ(secrets.error().code, Errc::configuration);
    EXPECT_NE(secrets.error().detail.find("Line "), std::string::npos) << secrets.error().detail;
    EXPECT_EQ(secrets.error().detail.find("hush"), std::string::npos) << secrets.error().detail;
  }
  EXPECT_FALSE(parse_shopper_secrets("# none\n"));
}

RC_GTEST_PROP(Base64url, GivesBackWhatItWasGiven, (const std::string& bytes)) {
  const auto decoded = decode_base64url(encode_base64url(bytes));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == bytes);
}

TEST(Base64url, HasOneTextForEachSequenceOfBytes) {
  EXPECT_EQ(decode_base64url("_-8"), "\xff\xef");
  for (const std::string_view wrong : {"_-8=", "_-9", "A", "AAAAA", "AA A", "+/8", "A="}) {
    EXPECT_FALSE(decode_base64url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace rushline::http
