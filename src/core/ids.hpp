// Ids as distinct types, so that a product cannot be passed where a user is meant.
//
// Two families. The shop's own ids (user, product, purchase) are words of 1 to 64 characters from
// `A-Z a-z 0-9 . _ : @ -`; they are stored inline, so that a request carries them without touching
// the heap. Rushline's own ids (event, coupon, order) are positive integers.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

namespace rushline {

inline constexpr std::size_t shop_id_length_max = 64;

// True when `text` is a word that a shop may use as an id.
bool is_shop_id(std::string_view text) noexcept;

// A shop's own id. Always valid: there is no empty one. Compared by bytes.
template <class Tag>
class ShopId {
 public:
  // Nothing when `text` is not 1 to 64 of the allowed characters.
  static std::optional<ShopId> parse(std::string_view text) noexcept {
    if (!is_shop_id(text)) return std::nullopt;
    return ShopId(text);
  }

  std::string_view view() const noexcept { return {bytes_.data(), length_}; }

  friend bool operator==(const ShopId& a, const ShopId& b) noexcept { return a.view() == b.view(); }
  friend auto operator<=>(const ShopId& a, const ShopId& b) noexcept {
    return a.view() <=> b.view();
  }

 private:
  explicit ShopId(std::string_view text) noexcept
      : length_(static_cast<std::uint8_t>(text.size())) {
    std::memcpy(bytes_.data(), text.data(), text.size());
  }

  std::uint8_t length_;
  std::array<char, shop_id_length_max> bytes_;  // only the first length_ are set
};

using UserId = ShopId<struct UserTag>;
using ProductId = ShopId<struct ProductTag>;
using PurchaseId = ShopId<struct PurchaseTag>;

// An integer of its own kind. Rushline's ids start at 1.
template <class Tag>
struct NumberId {
  std::int64_t value = 0;

  friend auto operator<=>(const NumberId&, const NumberId&) = default;
};

using CouponEventId = NumberId<struct CouponEventTag>;
using CouponId = NumberId<struct CouponTag>;
using OrderId = NumberId<struct OrderTag>;

}  // namespace rushline

template <class Tag>
struct std::hash<rushline::ShopId<Tag>> {
  std::size_t operator()(const rushline::ShopId<Tag>& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};

template <class Tag>
struct std::hash<rushline::NumberId<Tag>> {
  std::size_t operator()(rushline::NumberId<Tag> id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
