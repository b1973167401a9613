// From an error to an answer: the only place that knows the status codes of errors.
//
// A problem is application/problem+json (RFC 9457): `type` is "/docs/errors#word", a relative
// reference to the section of docs/errors.md; with it title, status, detail, code (the word),
// request_id, retryable, and errors: [{field, message}] for input.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace rushline::http {

// What only the HTTP edge can complain of; the other problems are the words of Errc.
enum class Refusal : std::uint8_t {
  unauthorized,
  forbidden,
  method_not_allowed,
  request_timeout,
  payload_too_large,
  uri_too_long,
  unsupported_media_type,
  expectation_failed,
  rate_limited,
  header_too_large,
  internal,
  line_full,
  too_many_connections,
  too_many_streams,
};

// One kind of problem: what docs/errors.md has a section for.
struct ProblemKind {
  std::string_view code;   // stable word
  std::string_view title;  // the same for every occurrence
  std::uint16_t status;
  bool retryable;  // the same request may succeed later
};

const ProblemKind& kind_of(Errc code);
const ProblemKind& kind_of(Refusal refusal);
// Every kind once.
std::span<const ProblemKind> all_problem_kinds();

// 429 and 503 carry Retry-After: not before `wait` (of an Error: its retry_after) is over, spread
// by the request's id (core/retry_after.hpp).
Reply problem(const Error& error, RequestId request);
Reply problem(Refusal refusal, std::string_view detail, RequestId request,
              std::chrono::nanoseconds wait = {});

}  // namespace rushline::http
