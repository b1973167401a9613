// Where secrets hide in text: URLs, parameters, authorization headers.
#include "runtime/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace rushline::runtime {
namespace {

constexpr std::string_view mask = "***";
constexpr std::array<std::string_view, 6> secret_words = {
    "password=", "passwd=", "pwd=", "secret=", "token=", "Bearer "};

std::size_t find_ignoring_case(std::string_view text, std::string_view word, std::size_t from) {
  const auto found = std::search(
      text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), word.begin(), word.end(),
      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

// Where in text a URL ends: a password may hold quotes and commas.
constexpr std::string_view white = " \t\r\n";

// A "/" in a password would end a proper URL. A word alone before the "@" is a user where that can
// be: only PostgreSQL knows users without a password.
void hide_url_passwords(std::string& text, std::string_view ends) {
  std::size_t at = 0;
  while ((at = text.find("://", at)) != std::string::npos) {
    const std::string_view scheme = std::string_view(text).substr(0, at);
    const bool knows_users = scheme.ends_with("postgresql") || scheme.ends_with("postgres");
    at += 3;
    const std::size_t end = std::min(text.find_first_of(ends, at), text.size());
    const std::string_view url(text.data() + at, end - at);
    const std::size_t sign = url.rfind('@');
    if (sign == std::string_view::npos) continue;
    const std::size_t colon = url.find(':');
    if (colon < sign) {
      text.replace(at + colon + 1, sign - colon - 1, mask);
    } else if (!knows_users) {
      text.replace(at, sign, mask);
    }
  }
}

void hide_after(std::string& text, std::string_view word, std::string_view ends) {
  std::size_t at = 0;
  while ((at = find_ignoring_case(text, word, at)) != std::string_view::npos) {
    at += word.size();
    std::size_t end = std::min(text.find_first_of(ends, at), text.size());
    if (text[at] == '\'' || text[at] == '"') {  // what is quoted may hold what ends it otherwise
      end = std::min(text.find(text[at], at + 1), text.size() - 1) + 1;
    }
    if (end == at) continue;
    text.replace(at, end - at, mask);
    at += mask.size();
  }
}

std::string redact(std::string_view text, std::string_view ends) {
  std::string shown(text);
  hide_url_passwords(shown, ends);
  for (const std::string_view word : secret_words) {
    hide_after(shown, word, std::string(ends) + "&");
  }
  return shown;
}

}  // namespace

std::string redact(std::string_view text) { return redact(text, white); }

std::string redact_url(std::string_view url) { return redact(url, ""); }

}  // namespace rushline::runtime
