// The stable words of Errc. docs/errors.md explains each; a test compares the two.
#include "core/result.hpp"

#include <cstdio>

#include "core/assert.hpp"

namespace rushline {

std::string_view to_word(Errc code) noexcept {
  switch (code) {
    case Errc::unreadable:
      return "unreadable";
    case Errc::invalid_input:
      return "invalid_input";
    case Errc::idempotency_key_missing:
      return "idempotency_key_missing";
    case Errc::idempotency_key_reused:
      return "idempotency_key_reused";
    case Errc::not_found:
      return "not_found";
    case Errc::product_exists:
      return "product_exists";
    case Errc::out_of_stock:
      return "out_of_stock";
    case Errc::coupon_not_usable:
      return "coupon_not_usable";
    case Errc::order_cancelled:
      return "order_cancelled";
    case Errc::order_expired:
      return "order_expired";
    case Errc::order_completed:
      return "order_completed";
    case Errc::purchase_conflict:
      return "purchase_conflict";
    case Errc::event_closed:
      return "event_closed";
    case Errc::event_not_open:
      return "event_not_open";
    case Errc::event_paused:
      return "event_paused";
    case Errc::quantity_not_raised:
      return "quantity_not_raised";
    case Errc::in_progress:
      return "in_progress";
    case Errc::overloaded:
      return "overloaded";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timed_out:
      return "timed_out";
    case Errc::shutting_down:
      return "shutting_down";
    case Errc::stale_epoch:
      return "stale_epoch";
    case Errc::corrupt:
      return "corrupt";
    case Errc::schema_too_new:
      return "schema_too_new";
    case Errc::configuration:
      return "configuration";
  }
  return "internal";
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  std::fprintf(stderr, "rushline: unchecked error: %s: %s\n", to_word(error.code).data(),
               error.detail.c_str());
  assertion_failed("Result has a value", where.file_name(), static_cast<int>(where.line()));
}

}  // namespace rushline
