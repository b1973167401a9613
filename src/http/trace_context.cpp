// version "-" trace "-" parent "-" flags, all in lower-case hexadecimal digits.
#include "http/trace_context.hpp"

#include <algorithm>

namespace rushline::http {
namespace {

constexpr std::size_t trace_at = 3;
constexpr std::size_t parent_at = 36;
constexpr std::size_t flags_at = 53;
constexpr std::size_t length = 55;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

TraceContext trace_context_of(std::string_view traceparent) {
  if (traceparent.size() < length) return {};
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view trace = traceparent.substr(trace_at, 32);
  const std::string_view parent = traceparent.substr(parent_at, 16);
  const bool has_dashes = traceparent[trace_at - 1] == '-' && traceparent[parent_at - 1] == '-' &&
                          traceparent[flags_at - 1] == '-';
  // Later versions may add to the end.
  const bool ends_well =
      traceparent.size() == length || (version != "00" && traceparent[length] == '-');
  const bool is_good = is_hex(version) && version != "ff" && is_id(trace) && is_id(parent) &&
                       is_hex(traceparent.substr(flags_at, 2)) && has_dashes && ends_well;
  return is_good ? TraceContext{trace, parent} : TraceContext{};
}

}  // namespace rushline::http
