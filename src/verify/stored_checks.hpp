// What stored data can show about the promises, in one snapshot.
#pragma once

#include <optional>

#include "core/shop_calendar.hpp"
#include "verify/records.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

// Runs every check of stored data: S1, S2, the numbers and their order in the line, S7, S8, and
// that no order is half done. `event` limits the checks of coupon events to one.
// Called inside a unit of work; changes nothing. Errc::not_found for an unknown event, and the
// errors of Records.
Result<Verification> check_stored(Transaction& transaction, Records& records,
                                  const ShopCalendar& calendar, std::optional<CouponEventId> event);

}  // namespace rushline::verify
