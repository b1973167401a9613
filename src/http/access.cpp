// Making, reading and finding API keys.
#include "http/access.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <optional>

#include "core/assert.hpp"
#include "core/ids.hpp"
#include "core/limits.hpp"
#include "http/hex_digit.hpp"

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

// The next word of `line`, which is left with what follows it.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

// The key of "Bearer KEY"; empty when it is nothing like that.
std::string_view bearer_key(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != scheme[i]) return {};
  }
  authorization.remove_prefix(authorization.find_first_not_of(' ', scheme.size()));
  return authorization;
}

}  // namespace

Result<std::string> generate_key() {
  std::array<unsigned char, random_bytes> secret;
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return fail(Errc::unavailable, "The system gives no random bytes, so no key can be made.");
  }
  std::array<unsigned char, 4 * ((random_bytes + 2) / 3) + 1> text;
  const int length = EVP_EncodeBlock(text.data(), secret.data(), static_cast<int>(secret.size()));
  OPENSSL_cleanse(secret.data(), secret.size());
  std::string key = "rl_";
  for (int i = 0; i < length; ++i) {
    const char c = static_cast<char>(text[static_cast<std::size_t>(i)]);
    if (c != '=') key += c == '+' ? '-' : c == '/' ? '_' : c;
  }
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

Access Access::open() { return {}; }

Result<Access> Access::with_keys(std::string_view text) {
  Access access;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = line.substr(0, line.find('#'));
    const std::string_view name = take_word(line);
    if (name.empty()) continue;
    const auto scopes = parse_scopes(take_word(line));
    const auto hash = parse_hash(take_word(line));
    const auto wrong = [number](std::string_view what) {
      return fail(Errc::configuration, fmt::format("Line {} of the keys file: {}.", number, what));
    };
    if (!is_key_name(name)) return wrong("the name must be 1 to 64 of A-Z a-z 0-9 . _ : @ -");
    if (!scopes) return wrong("the scopes must be shop, admin or shop,admin");
    if (!hash)
      return wrong("the hash must be 64 hexadecimal digits, as `rushline key create` says");
    if (!take_word(line).empty()) return wrong("there must be three words: name, scopes, hash");
    for (const Key& other : access.keys_) {
      if (other.caller.name == name) return wrong("the name stands there twice");
      if (other.hash == *hash) return wrong("the key stands there twice");
    }
    access.keys_.push_back({*hash, {std::string(name), *scopes}});
  }
  if (access.keys_.empty()) {
    return fail(Errc::configuration,
                "The keys file holds no key, so nobody could call. Make one with "
                "`rushline key create`.");
  }
  return access;
}

const Caller* Access::find(std::string_view authorization) const {
  if (is_open()) return &local_;
  const std::string_view key = bearer_key(authorization);
  if (key.empty() || key.size() > limits::api_key_bytes_max) return nullptr;
  const KeyHash hash = hash_key(key);
  const Caller* found = nullptr;
  for (const Key& known : keys_) {
    if (CRYPTO_memcmp(hash.data(), known.hash.data(), hash.size()) == 0) found = &known.caller;
  }
  return found;
}

}  // namespace rushline::http
