// What can go wrong, as a value: Result<T> over one Errc.
//
// Four kinds of "no" have four tools: a verdict is a value of an outcome enum; bad input, a refusal
// and a failing dependency are an Error here; a bug is RUSHLINE_ASSERT; a start that cannot succeed
// throws. Only http/problem.cpp turns an Errc into a status, only app/ into an exit code.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rushline {

// Stable: to_word(Errc) is the `code` that clients see and docs/errors.md explains.
enum class Errc {
  // The input cannot be used.
  unreadable,     // not JSON, not UTF-8, not a request
  invalid_input,  // readable, but a field is wrong; `fields` says which
  idempotency_key_missing,
  idempotency_key_reused,  // same key, another request
  // There is no such thing.
  not_found,
  // The state of things refuses; nothing was changed.
  product_exists,
  out_of_stock,
  coupon_not_usable,
  order_cancelled,
  order_expired,
  order_completed,
  purchase_conflict,  // same purchase line, another quantity
  event_closed,
  event_not_open,
  event_paused,
  quantity_not_raised,  // an event's quantity only goes up
  in_progress,          // the first request with this idempotency key is still running
  // A dependency fails. A write that ended so is unknown; every write is safe to repeat.
  overloaded,   // a queue is full
  unavailable,  // the database (or Redis) cannot be reached or refuses
  timed_out,
  shutting_down,
  stale_epoch,  // the waiting room's line is another than the one meant
  // Stored data is not what it must be.
  corrupt,
  schema_too_new,
  configuration,
};

// The stable word of a code: Errc::out_of_stock → "out_of_stock".
std::string_view to_word(Errc code) noexcept;

// One wrong field of the input: where (`lines[2].quantity`) and what would be right.
struct FieldError {
  std::string field;
  std::string message;

  bool operator==(const FieldError&) const = default;
};

struct Error {
  Errc code;
  // A sentence for people: what, where, why. Never a secret, never a bare errno.
  std::string detail;
  std::vector<FieldError> fields = {};
  // In which asking again is likely to succeed; zero: not known.
  std::chrono::nanoseconds retry_after = {};
};

// Makes Result<T>::value() of an error a broken invariant instead of an exception.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location&);

template <class T>
using Result = boost::system::result<T, Error>;

inline Error fail(Errc code, std::string detail, std::chrono::nanoseconds retry_after = {}) {
  return Error{code, std::move(detail), {}, retry_after};
}

// The error of one wrong field.
inline Error invalid_field(std::string field, std::string message) {
  return Error{
      Errc::invalid_input, field + ": " + message, {{std::move(field), std::move(message)}}};
}

}  // namespace rushline
