// Discount arithmetic in integers.
#include "core/money.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace rushline {

Money amount_off(const Discount& discount, Money subtotal) {
  RUSHLINE_ASSERT(subtotal.amount >= 0 && subtotal.amount <= json_integer_max);
  if (discount.kind == Discount::Kind::fixed) {
    return {std::min(discount.value, subtotal.amount)};
  }
  // In two parts, because subtotal * 100 does not fit.
  const std::int64_t hundreds = subtotal.amount / 100;
  const std::int64_t rest = subtotal.amount % 100;
  return {hundreds * discount.value + rest * discount.value / 100};
}

}  // namespace rushline
