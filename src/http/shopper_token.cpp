// Reading and making tokens: base64url, HMAC, claims.
#include "http/shopper_token.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "http/base64url.hpp"
#include "http/json_document.hpp"
#include "http/key_lines.hpp"

namespace rushline::http {
namespace {

using Signature = std::array<unsigned char, 32>;

Signature sign(std::string_view text, std::string_view secret) {
  Signature signature;
  unsigned int length = 0;
  const unsigned char* done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                   signature.data(), &length);
  RUSHLINE_ASSERT(done != nullptr && length == signature.size());
  return signature;
}

// The parts of a token, as sent.
struct Parts {
  std::string_view signed_text;  // header and claims with their dot
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
};

Parts split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.rfind('.');
  return {token.substr(0, second), token.substr(0, first),
          token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

// The value of a field of the outermost object; null when there is none.
const JsonValue* field(const JsonDocument& document, std::string_view name) {
  const std::size_t end = document[0].end;
  for (std::size_t i = 1; i < end; i = std::max<std::size_t>(i + 1, document[i].end)) {
    if (document[i].key == name) return &document[i];
  }
  return nullptr;
}

std::optional<JsonDocument> parse_object(std::string_view encoded) {
  const auto text = decode_base64url(encoded);
  if (!text) return std::nullopt;
  auto document = JsonDocument::parse(*text);
  if (!document || (*document)[0].kind != JsonValue::Kind::object) return std::nullopt;
  return std::move(*document);
}

bool is_text(const JsonValue* value, std::string_view wanted) {
  return value != nullptr && value->kind == JsonValue::Kind::text && value->text == wanted;
}

bool is_meant_for_us(const JsonDocument& claims) {
  const JsonValue* audience = field(claims, "aud");
  if (audience == nullptr || is_text(audience, "rushline")) return true;
  if (audience->kind != JsonValue::Kind::array) return false;
  const JsonValue* const first = &claims[0];
  for (const JsonValue* one = audience + 1; one < first + audience->end; one = first + one->end) {
    if (is_text(one, "rushline")) return true;
  }
  return false;
}

// Nothing when the claim is no whole number of seconds that a Timestamp can hold.
std::optional<Timestamp> time_of(const JsonValue* value) {
  constexpr std::int64_t seconds_max = 253'402'300'799;  // the end of the year 9999
  if (value == nullptr || value->kind != JsonValue::Kind::integer || value->number < 0 ||
      value->number > seconds_max) {
    return std::nullopt;
  }
  return Timestamp{std::chrono::seconds{value->number}};
}

TokenReading refuse(std::string_view why_not) { return {std::nullopt, why_not}; }

TokenReading read_claims(const JsonDocument& claims, Timestamp now) {
  const JsonValue* subject = field(claims, "sub");
  const auto user = subject != nullptr && subject->kind == JsonValue::Kind::text
                        ? UserId::parse(subject->text)
                        : std::nullopt;
  if (!user) return refuse("The token's `sub` must be the user's id.");
  const auto expires = time_of(field(claims, "exp"));
  if (!expires) return refuse("The token must have an `exp` in whole seconds since 1970.");
  if (now >= *expires) return refuse("The token has expired; the shop must sign a new one.");
  if (*expires - now > limits::shopper_token_time_max + limits::shopper_token_clock_error) {
    return refuse("The token's `exp` is more than an hour away.");
  }
  if (const JsonValue* not_before = field(claims, "nbf")) {
    const auto begins = time_of(not_before);
    if (!begins || *begins > now + limits::shopper_token_clock_error) {
      return refuse("The token is not valid yet (`nbf`).");
    }
  }
  if (!is_meant_for_us(claims)) return refuse("The token's `aud` does not hold \"rushline\".");
  return {ShopperClaims{*user, *expires}};
}

}  // namespace

Result<ShopperSecrets> parse_shopper_secrets(std::string_view text) {
  ShopperSecrets secrets;
  KeyLines lines(text, "shopper secrets");
  while (lines.next()) {
    const std::string_view name = lines.take_word();
    const std::string_view secret = lines.take_word();
    if (!is_shop_id(name)) return lines.wrong("the name must be 1 to 64 of A-Z a-z 0-9 . _ : @ -");
    if (secret.size() < limits::shopper_secret_bytes_min ||
        secret.size() > limits::shopper_secret_bytes_max) {
      return lines.wrong("the secret must have 32 to 256 characters");
    }
    if (!lines.take_word().empty()) return lines.wrong("there must be two words: name, secret");
    for (const ShopperSecret& other : secrets) {
      if (other.name == name) return lines.wrong("the name stands there twice");
    }
    if (secrets.size() == limits::shopper_secrets_max) {
      return lines.wrong("there are more secrets than 16");
    }
    secrets.push_back({std::string(name), std::string(secret)});
  }
  if (secrets.empty()) {
    return fail(Errc::configuration,
                "The shopper secrets file holds no secret. Make one with `rushline key create "
                "NAME --shopper`.");
  }
  return secrets;
}

std::string shopper_secret_line(std::string_view name, std::string_view secret) {
  return fmt::format("{} {}", name, secret);
}

bool is_shopper_token(std::string_view text) { return std::ranges::count(text, '.') == 2; }

TokenReading read_shopper_token(std::string_view token, const ShopperSecrets& secrets,
                                Timestamp now) {
  if (secrets.empty()) return refuse("This server takes no shopper tokens.");
  if (token.size() > limits::shopper_token_bytes_max) return refuse("The token is too long.");
  const Parts parts = split(token);
  const auto header = parse_object(parts.header);
  if (!header) return refuse("The token's header cannot be read.");
  if (!is_text(field(*header, "alg"), "HS256")) return refuse("The token's `alg` must be HS256.");
  if (field(*header, "crit") != nullptr) return refuse("The token's `crit` is not known here.");
  const JsonValue* named = field(*header, "kid");
  const auto signature = decode_base64url(parts.signature);
  bool is_signed = false;
  for (const ShopperSecret& secret : secrets) {
    if (named != nullptr && !is_text(named, secret.name)) continue;
    const Signature wanted = sign(parts.signed_text, secret.secret);
    is_signed |= signature && signature->size() == wanted.size() &&
                 CRYPTO_memcmp(signature->data(), wanted.data(), wanted.size()) == 0;
  }
  if (!is_signed) return refuse("The token is not signed with a secret that is known here.");
  const auto claims = parse_object(parts.claims);
  if (!claims) return refuse("The token's claims cannot be read.");
  return read_claims(*claims, now);
}

std::string make_shopper_token(const UserId& user, Timestamp expires, const ShopperSecret& secret) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(expires).time_since_epoch();
  const std::string header = fmt::format(R"({{"alg":"HS256","kid":"{}"}})", secret.name);
  const std::string claims =
      fmt::format(R"({{"sub":"{}","exp":{},"aud":"rushline"}})", user.view(), seconds.count());
  std::string token = encode_base64url(header) + "." + encode_base64url(claims);
  const Signature signature = sign(token, secret.secret);
  token += ".";
  token += encode_base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
  return token;
}

}  // namespace rushline::http
