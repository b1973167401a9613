// Who may call: API keys with scopes, stored as hashes, and shoppers with a token that the shop has
// signed (http/shopper_token.hpp).
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
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "http/shopper_token.hpp"

namespace rushline::http {

// What a caller may do, as a set of bits; what a route asks for: one of the bits, or nothing.
enum class Scope : std::uint8_t {
  none = 0,     // route: everybody, also without a key
  shop = 1,     // acts for any user
  admin = 2,    // changes events and products
  any = 3,      // route: whoever has a key; key: both
  shopper = 4,  // acts for one user, whose token it is
};

constexpr Scope operator|(Scope one, Scope other) {
  return static_cast<Scope>(static_cast<unsigned>(one) | static_cast<unsigned>(other));
}

constexpr bool holds_any(Scope held, Scope wanted) {
  return wanted == Scope::none ||
         (static_cast<unsigned>(held) & static_cast<unsigned>(wanted)) != 0;
}

// The owner of a key or token. Its name is the scope of idempotency keys; that of a shopper is
// "shopper/USER", which no key can have.
struct Caller {
  std::string name;
  Scope scopes = Scope::none;
  std::optional<UserId> user = std::nullopt;  // the only one that a shopper acts for

  bool acts_for(const UserId& other) const { return !user || *user == other; }
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
  static Access open() { return {}; }
  // Reads the text of a keys file. Errc::configuration names the line that is wrong, and never
  // shows what stands in it; a file without any key is refused too.
  static Result<Access> with_keys(std::string_view text);

  // Lets shoppers in whose tokens are signed with one of these.
  void accept_shoppers(ShopperSecrets secrets) { secrets_ = std::move(secrets); }

  bool is_open() const { return keys_.empty(); }
  std::vector<std::string> key_names() const;

  struct Finding {
    std::optional<Caller> caller;        // nothing: nobody known
    Timestamp until = Timestamp::max();  // then it must be asked for again
    std::string_view why_not = {};       // for the one who sent it, when nobody is known
  };
  // Who sends this value of the Authorization header. Not to be asked when open. Takes the same
  // time whichever key it is.
  Finding find(std::string_view authorization, Timestamp now) const;

 private:
  struct Key {
    KeyHash hash;
    Caller caller;
  };

  std::vector<Key> keys_;   // constant
  ShopperSecrets secrets_;  // constant once callers are looked for
};

}  // namespace rushline::http
