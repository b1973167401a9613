// Takes secrets out of text that people or log files will see.
#pragma once

#include <string>
#include <string_view>

namespace rushline::runtime {

// `text` with *** in place of: the password of every URL (scheme://user:PASSWORD@host), the value
// of a URL parameter or setting called password, passwd, pwd, secret or token (password=...), and
// what follows "Bearer ". Each ends at white space at the latest. When in doubt it hides too much.
std::string redact(std::string_view text);

// The same of a text that is one URL and nothing else, and may hold white space.
std::string redact_url(std::string_view url);

}  // namespace rushline::runtime
