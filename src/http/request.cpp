// The text of a request's id.
#include "http/request.hpp"

namespace rushline::http {

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
