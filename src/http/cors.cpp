// Reading the allow-list; the lines are made once.
#include "http/cors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/limits.hpp"

namespace rushline::http {
namespace {

constexpr std::string_view vary = "Vary: Origin\r\n";

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

// As browsers send it: scheme://host[:port], in small letters, without a slash at the end.
bool is_origin(std::string_view text) {
  const bool is_secure = text.starts_with("https://");
  if (!is_secure && !text.starts_with("http://")) return false;
  text.remove_prefix(is_secure ? 8 : 7);
  const std::string_view host = text.substr(0, text.find(':'));
  if (host.empty() || !std::ranges::all_of(host, is_host_character)) return false;
  text.remove_prefix(host.size());
  if (text.empty()) return true;
  text.remove_prefix(1);
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

}  // namespace

Result<Cors> Cors::for_origins(std::string_view list) {
  Cors cors;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string origin{trimmed(list.substr(0, end))};
    list.remove_prefix(std::min(end + 1, list.size()));
    if (!is_origin(origin)) {
      return fail(Errc::configuration,
                  fmt::format("\"{}\" is no origin: it must be like https://shop.example or "
                              "http://localhost:3000, without a slash at the end.",
                              origin));
    }
    if (cors.allowed_.size() == limits::cors_origins_max) {
      return fail(Errc::configuration,
                  fmt::format("There are more than {} origins.", limits::cors_origins_max));
    }
    cors.allowed_.push_back(
        {origin, fmt::format("Access-Control-Allow-Origin: {}\r\n"
                             "Access-Control-Expose-Headers: ETag, Location, RateLimit, "
                             "RateLimit-Policy, Retry-After, X-Request-Id\r\n{}",
                             origin, vary)});
  }
  return cors;
}

std::string_view Cors::lines_for(std::string_view origin) const {
  if (allowed_.empty()) return {};
  const auto found = std::ranges::find(allowed_, origin, &Allowed::origin);
  return found == allowed_.end() ? vary : std::string_view(found->lines);
}

std::string preflight_lines(std::string_view methods) {
  return fmt::format(
      "Access-Control-Allow-Methods: {}\r\n"
      "Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key, If-None-Match, "
      "Last-Event-ID, Prefer, traceparent\r\n"
      "Access-Control-Max-Age: 600\r\n",
      methods);
}

}  // namespace rushline::http
