// Tokens by which a shopper's own browser or app may ask for coupons, so that the shop's servers
// need not carry the rush: the shop signs one for a user who is logged in there, with a secret that
// it shares with Rushline.
//
// A token is a JSON Web Token (RFC 7519) in its compact form, signed with HS256 (RFC 7518, 3.2):
//
//     {"alg":"HS256","kid":"spring"} . {"sub":"mina","exp":1767322800} . signature
//
// `sub` is the user. `exp` must be there, and at most limits::shopper_token_time_max away. `nbf` is
// kept; `aud`, when there, must be or hold "rushline". `kid` names the secret; without it each is
// tried. Nothing else is looked at, but `crit`, which asks for what is not known here and is
// refused. The algorithm is never the token's to choose.
//
// A secrets file has one secret per line, made by `rushline key create --shopper`; empty lines and
// what follows a '#' are ignored. The characters of the secret are the bytes of the HMAC's key:
//
//     name secret
//
// Safe to call from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace rushline::http {

struct ShopperSecret {
  std::string name;
  std::string secret;
};
using ShopperSecrets = std::vector<ShopperSecret>;

// Reads the text of a secrets file. Errc::configuration names the line that is wrong, and never
// shows what stands in it; a file without any secret is refused too.
Result<ShopperSecrets> parse_shopper_secrets(std::string_view text);
// The line of a secrets file, without the line end.
std::string shopper_secret_line(std::string_view name, std::string_view secret);

struct ShopperClaims {
  UserId user;
  Timestamp expires;
};

struct TokenReading {
  std::optional<ShopperClaims> claims;
  std::string_view why_not = {};  // a sentence for who made the token, when there are no claims
};

// Three parts with dots between them. API keys have no dots.
bool is_shopper_token(std::string_view text);
// Checks the signature before it looks at what is signed.
TokenReading read_shopper_token(std::string_view token, const ShopperSecrets& secrets,
                                Timestamp now);
// A token for `user`: what the shop's backend does with a library of its own.
std::string make_shopper_token(const UserId& user, Timestamp expires, const ShopperSecret& secret);

}  // namespace rushline::http
