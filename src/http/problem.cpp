// The table of problems, and how one is written.
#include "http/problem.hpp"

#include <array>
#include <cstddef>

#include "core/retry_after.hpp"
#include "http/json_output.hpp"

namespace rushline::http {

namespace {

constexpr std::size_t errc_count = static_cast<std::size_t>(Errc::configuration) + 1;
constexpr std::size_t refusal_count = static_cast<std::size_t>(Refusal::too_many_streams) + 1;

// In the order of Errc, then of Refusal; a test compares the words.
constexpr std::array<ProblemKind, errc_count + refusal_count> kinds{{
    {"unreadable", "The request cannot be read", 400, false},
    {"invalid_input", "Some input is not valid", 422, false},
    {"idempotency_key_missing", "An Idempotency-Key is required", 400, false},
    {"idempotency_key_reused", "The Idempotency-Key belongs to another request", 422, false},
    {"not_found", "There is no such thing", 404, false},
    {"product_exists", "The product exists already", 409, false},
    {"out_of_stock", "There is not enough stock", 409, false},
    {"coupon_not_usable", "The coupon cannot be used", 409, false},
    {"order_cancelled", "The order is cancelled", 409, false},
    {"order_expired", "The order is expired", 409, false},
    {"order_completed", "The order is completed", 409, false},
    {"purchase_conflict", "The purchase is known with other content", 409, false},
    {"event_closed", "The coupon event is closed", 409, false},
    {"event_not_open", "The coupon event is not open yet", 409, true},
    {"event_paused", "The coupon event is paused", 409, true},
    {"quantity_not_raised", "The quantity can only be raised", 409, false},
    {"in_progress", "The first request with this Idempotency-Key is still running", 409, true},
    {"overloaded", "The server has too much to do", 503, true},
    {"unavailable", "The database cannot be reached", 503, true},
    {"timed_out", "The database did not answer in time", 503, true},
    {"shutting_down", "The server is shutting down", 503, true},
    {"stale_epoch", "The line has begun a new epoch", 503, true},
    {"corrupt", "Stored data is not what it must be", 500, false},
    {"schema_too_new", "The database belongs to a newer version", 500, false},
    {"configuration", "The configuration is wrong", 500, false},

    {"unauthorized", "An API key is required", 401, false},
    {"forbidden", "The API key does not allow this", 403, false},
    {"method_not_allowed", "The method is not allowed here", 405, false},
    {"request_timeout", "The request did not arrive in time", 408, true},
    {"payload_too_large", "The body is too large", 413, false},
    {"uri_too_long", "The request line is too long", 414, false},
    {"unsupported_media_type", "The body must be JSON", 415, false},
    {"expectation_failed", "The expectation cannot be met", 417, false},
    {"rate_limited", "Too many requests", 429, true},
    {"header_too_large", "The header is too large", 431, false},
    {"internal", "Rushline has a bug", 500, false},
    {"line_full", "The line is full", 503, true},
    {"too_many_connections", "The server has too many connections", 503, true},
    {"too_many_streams", "The user has too many streams", 429, true},
}};

Reply problem_reply(const ProblemKind& kind, std::string_view detail,
                    std::span<const FieldError> fields, RequestId request,
                    std::chrono::nanoseconds wait) {
  Reply reply;
  reply.status = kind.status;
  reply.content_type = content_type::problem;
  JsonWriter json(reply.body);
  json.begin('{').key("type");
  reply.body.append("\"/docs/errors#").append(kind.code).append("\"");
  json.field("title", kind.title).field("status", kind.status).field("detail", detail);
  json.field("code", kind.code).field("request_id", std::string_view(request.text()));
  json.field("retryable", kind.retryable);
  if (!fields.empty()) {
    json.key("errors").begin('[');
    for (const FieldError& field : fields) {
      json.begin('{').field("field", std::string_view(field.field));
      json.field("message", std::string_view(field.message)).end('}');
    }
    json.end(']');
  }
  json.end('}');
  if (kind.status == 429 || kind.status == 503) {
    reply.retry_after_s = retry_after_s(wait, request.value);
  }
  if (kind.status == 401) reply.headers = "WWW-Authenticate: Bearer realm=\"rushline\"\r\n";
  return reply;
}

}  // namespace

const ProblemKind& kind_of(Errc code) { return kinds[static_cast<std::size_t>(code)]; }

const ProblemKind& kind_of(Refusal refusal) {
  return kinds[errc_count + static_cast<std::size_t>(refusal)];
}

std::span<const ProblemKind> all_problem_kinds() { return kinds; }

Reply problem(const Error& error, RequestId request) {
  return problem_reply(kind_of(error.code), error.detail, error.fields, request, error.retry_after);
}

Reply problem(Refusal refusal, std::string_view detail, RequestId request,
              std::chrono::nanoseconds wait) {
  return problem_reply(kind_of(refusal), detail, {}, request, wait);
}

}  // namespace rushline::http
