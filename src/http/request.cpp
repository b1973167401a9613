// How a request's method and id are written.
#include "http/request.hpp"

namespace rushline::http {

std::string_view to_word(Method method) {
  static constexpr std::array<std::string_view, method_count> words = {
      "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};
  return words[static_cast<std::size_t>(method)];
}

void RequestId::write(char* to) const {
  static constexpr std::string_view hexadecimal = "0123456789abcdef";
  std::uint64_t rest = value;
  for (std::size_t at = digits; at > 0; rest >>= 4) to[--at] = hexadecimal[rest & 15];
}

std::string RequestId::text() const {
  std::string text(digits, '0');
  write(text.data());
  return text;
}

}  // namespace rushline::http
