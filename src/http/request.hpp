// One request as its handler sees it: views into the connection's own input buffer.
//
// Nothing is copied and nothing allocated; only the headers that Rushline uses are kept. The
// requests of a connection are handled one after the other, so everything here stays valid, on the
// loop's thread, until the request is answered (Responder). Another thread must be given copies: a
// late answer or a lost connection may end the request while that thread still works on it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "http/access.hpp"

namespace rushline::http {

struct RatesTold;  // http/rate_limits.hpp

// `other` is any method that no route can have.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
inline constexpr std::size_t method_count = 8;

// As it stands in a request: "GET"; "OTHER" for any other.
std::string_view to_word(Method method);

// What is timed apart: the two that shoppers wait for, and those that wait on purpose.
enum class RequestKind : std::uint8_t {
  coupon,  // a request of a coupon
  list,    // a read of a popular list
  poll,    // may wait for news (?wait=)
  other,
};
inline constexpr std::size_t request_kind_count = 4;

// The headers that are kept. Of the ones that may be repeated (accept, if_none_match, prefer,
// traceparent) the values are joined with ", "; repeating another one is refused with 400.
enum class Header : std::uint8_t {
  accept,
  access_control_request_method,
  authorization,
  content_type,
  host,
  idempotency_key,
  if_none_match,
  last_event_id,
  origin,
  prefer,
  traceparent,
};
inline constexpr std::size_t header_count = 11;

// Tells requests of one process (and, as good as surely, of all) apart; says nothing else.
struct RequestId {
  std::uint64_t value = 0;

  static constexpr std::size_t digits = 16;

  // Hexadecimal, as it stands in X-Request-Id, problems and logs.
  void write(char* to) const;
  std::string text() const;
};

inline constexpr std::size_t path_arguments_max = 2;

// Plain data: a test may build one by hand.
struct Request {
  Method method = Method::get;
  std::string_view path;   // without the query, as sent
  std::string_view query;  // after the '?', as sent; http/query.hpp reads it
  std::string_view body;   // chunks already joined
  // What stood for {…} in the route's pattern, percent-decoded.
  std::array<std::string_view, path_arguments_max> arguments;
  std::array<std::string_view, header_count> headers;  // data() is null when it was not sent
  const Caller* caller = nullptr;                      // never null in a handler
  RequestId id;
  RatesTold* rates = nullptr;  // what the caller will be told of its rates; null: nothing to note
  Monotonic arrived{};         // when its last byte was read

  // The value without blanks around it; empty when it was not sent.
  std::string_view header(Header name) const { return headers[static_cast<std::size_t>(name)]; }
  bool has(Header name) const { return header(name).data() != nullptr; }
};

}  // namespace rushline::http
