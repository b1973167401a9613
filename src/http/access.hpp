// Who may call: API keys with scopes, stored as hashes.
//
// A keys file has one key per line, made by `rushline key create`; empty lines and what follows a
// '#' are ignored:
//
//     name scope[,scope] sha256-of-the-key-in-hex
//
// Immutable after its making; safe to call from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rushline::http {

// What a key may do, as a set of bits; what a route asks for: one of them, any key, or nothing.
enum class Scope : std::uint8_t {
  none = 0,   // route: everybody, also without a key
  shop = 1,   // acts for any user
  admin = 2,  // changes events and products
  any = 3,    // route: whoever has a key; key: both
};

constexpr bool holds_any(Scope held, Scope wanted) {
  return wanted == Scope::none ||
         (static_cast<unsigned>(held) & static_cast<unsigned>(wanted)) != 0;
}

// The owner of a key. Its name is the scope of idempotency keys.
struct Caller {
  std::string name;
  Scope scopes = Scope::none;
};

using KeyHash = std::array<std::uint8_t, 32>;

// A new key from the system's random source: "rl_" and 43 characters of base64url (256 bits).
// Errc::unavailable when the source fails.
Result<std::string> generate_key();
KeyHash hash_key(std::string_view key);
// The line of a keys file, without the line end.
std::string key_line(std::string_view name, Scope scopes, const KeyHash& hash);
// "shop", "admin" or "shop,admin"; Errc::invalid_input otherwise.
Result<Scope> parse_scopes(std::string_view text);
std::string scopes_text(Scope scopes);
// 1 to 64 of A-Z a-z 0-9 . _ : @ -
bool is_key_name(std::string_view name);

class Access {
 public:
  // Without keys: whoever calls is "local" and may do everything.
  static Access open();
  // Reads the text of a keys file. Errc::configuration names the line that is wrong, and never
  // shows what stands in it; a file without any key is refused too.
  static Result<Access> with_keys(std::string_view text);

  bool is_open() const { return keys_.empty(); }

  // Who sends this value of the Authorization header; null when nobody known does. When open,
  // always the local caller. Takes the same time whichever key it is.
  const Caller* find(std::string_view authorization) const;
  // The caller of requests that carry no key: the local one when open, else null.
  const Caller* anonymous() const { return is_open() ? &local_ : nullptr; }

 private:
  struct Key {
    KeyHash hash;
    Caller caller;
  };

  Caller local_{"local", Scope::any};  // constant
  std::vector<Key> keys_;              // constant
};

}  // namespace rushline::http
