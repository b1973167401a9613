// Money as an integer in the smallest unit, and the discounts that coupons carry.
#pragma once

#include <compare>
#include <cstdint>

namespace rushline {

// At most 2^53 - 1, so that every JSON reader gets it exactly.
struct Money {
  std::int64_t amount = 0;

  friend auto operator<=>(const Money&, const Money&) = default;
};

inline constexpr std::int64_t json_integer_max = (std::int64_t{1} << 53) - 1;

// What a coupon takes off an order.
struct Discount {
  enum class Kind : std::uint8_t {
    fixed,  // `value` in the smallest unit of money, at least 1
    rate,   // `value` in whole percent, 1 to 100
  };

  Kind kind = Kind::fixed;
  std::int64_t value = 0;

  friend bool operator==(const Discount&, const Discount&) = default;
};

// What `discount` takes off `subtotal`: rounded down, never more than the subtotal.
Money amount_off(const Discount& discount, Money subtotal);

}  // namespace rushline
