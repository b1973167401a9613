// How a request's method and id are written.
#include "http/request.hpp"

namespace rushline::http {

std::string_view to_word(Method method) {
  static constexpr std::array<std::string_view, method_count> words = {
      "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};
  return words[static_cast<std::size_t>(method)];
}

std::string RequestId::text() const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  std::uint64_t rest = value;
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, rest >>= 4) {
    *digit = digits[rest & 15];
  }
  return text;
}

}  // namespace rushline::http
