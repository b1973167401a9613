// base64url without padding (RFC 4648, section 5), as in keys and tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rushline::http {

std::string encode_base64url(std::string_view bytes);
// Nothing when it is none, is padded, or has bits behind its last byte that are not zero: there is
// one text for each sequence of bytes.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace rushline::http
