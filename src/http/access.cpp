// Making, reading and finding API keys; telling tokens from keys.
#include "http/access.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <optional>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "http/base64url.hpp"
#include "http/hex_digit.hpp"
#include "http/key_lines.hpp"

namespace rushline::http {

namespace {

constexpr std::size_t random_bytes = 32;

std::optional<KeyHash> parse_hash(std::string_view text) {
  KeyHash hash;
  if (text.size() != hash.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

// The key of "Bearer KEY"; empty when it is nothing like that.
std::string_view bearer_key(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != scheme[i]) return {};
  }
  const std::size_t begin = authorization.find_first_not_of(' ', scheme.size());
  return begin == std::string_view::npos ? std::string_view() : authorization.substr(begin);
}

}  // namespace

Result<std::string> generate_key() {
  std::array<unsigned char, random_bytes> secret;
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return fail(Errc::unavailable, "The system gives no random bytes, so no key can be made.");
  }
  const std::string key =
      "rl_" + encode_base64url({reinterpret_cast<const char*>(secret.data()), secret.size()});
  OPENSSL_cleanse(secret.data(), secret.size());
  return key;
}

KeyHash hash_key(std::string_view key) {
  KeyHash hash;
  unsigned int length = 0;
  const int done = EVP_Digest(key.data(), key.size(), hash.data(), &length, EVP_sha256(), nullptr);
  RUSHLINE_ASSERT(done == 1 && length == hash.size());
  return hash;
}

std::string key_line(std::string_view name, Scope scopes, const KeyHash& hash) {
  RUSHLINE_ASSERT(is_key_name(name));
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string line = fmt::format("{} {} ", name, scopes_text(scopes));
  for (const std::uint8_t byte : hash) {
    line += digits[byte >> 4];
    line += digits[byte & 15];
  }
  return line;
}

Result<Scope> parse_scopes(std::string_view text) {
  unsigned scopes = 0;
  while (true) {
    const std::string_view word = text.substr(0, text.find(','));
    if (word == "shop") {
      scopes |= static_cast<unsigned>(Scope::shop);
    } else if (word == "admin") {
      scopes |= static_cast<unsigned>(Scope::admin);
    } else {
      return invalid_field("scopes", "must be shop, admin or shop,admin");
    }
    if (word.size() == text.size()) return static_cast<Scope>(scopes);
    text.remove_prefix(word.size() + 1);
  }
}

std::string scopes_text(Scope scopes) {
  RUSHLINE_ASSERT(scopes != Scope::none);
  if (scopes == Scope::any) return "shop,admin";
  return scopes == Scope::shop ? "shop" : "admin";
}

bool is_key_name(std::string_view name) { return is_shop_id(name); }

Result<Access> Access::with_keys(std::string_view text) {
  Access access;
  KeyLines lines(text, "keys");
  while (lines.next()) {
    const std::string_view name = lines.take_word();
    const auto scopes = parse_scopes(lines.take_word());
    const auto hash = parse_hash(lines.take_word());
    if (!is_key_name(name)) return lines.wrong("the name must be 1 to 64 of A-Z a-z 0-9 . _ : @ -");
    if (!scopes) return lines.wrong("the scopes must be shop, admin or shop,admin");
    if (!hash) {
      return lines.wrong("the hash must be 64 hexadecimal digits, as `rushline key create` says");
    }
    if (!lines.take_word().empty()) {
      return lines.wrong("there must be three words: name, scopes, hash");
    }
    for (const Key& other : access.keys_) {
      if (other.caller.name == name) return lines.wrong("the name stands there twice");
      if (other.hash == *hash) return lines.wrong("the key stands there twice");
    }
    access.keys_.push_back({*hash, Caller{std::string(name), *scopes}});
  }
  if (access.keys_.empty()) {
    return fail(Errc::configuration,
                "The keys file holds no key, so nobody could call. Make one with "
                "`rushline key create`.");
  }
  return access;
}

std::vector<std::string> Access::key_names() const {
  std::vector<std::string> names;
  for (const Key& key : keys_) names.push_back(key.caller.name);
  return names;
}

Access::Finding Access::find(std::string_view authorization, Timestamp now) const {
  const std::string_view key = bearer_key(authorization);
  if (is_shopper_token(key)) {
    TokenReading reading = read_shopper_token(key, secrets_, now);
    if (!reading.claims) return {.caller = {}, .why_not = reading.why_not};
    const UserId& user = reading.claims->user;
    return {.caller = Caller{fmt::format("shopper/{}", user.view()), Scope::shopper, user},
            .until = reading.claims->expires};
  }
  Finding nobody{.caller = {}, .why_not = "Send a known key as `Authorization: Bearer KEY`."};
  if (key.empty() || key.size() > limits::api_key_bytes_max) return nobody;
  const KeyHash hash = hash_key(key);
  const Caller* found = nullptr;
  for (const Key& known : keys_) {
    if (CRYPTO_memcmp(hash.data(), known.hash.data(), hash.size()) == 0) found = &known.caller;
  }
  if (found == nullptr) return nobody;
  return {.caller = *found};
}

}  // namespace rushline::http
