// What may raise a product's rank, as a concept.
//
// A completed purchase is the one that ships. Another criterion (views, likes) is a type of its own
// with these members and, if it counts otherwise than one by one, a `ranking_weight`; nothing in
// this room changes for it.
#pragma once

#include <concepts>
#include <cstdint>
#include <ranges>
#include <string>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace rushline::ranking {

// `product_id` and `quantity` (negative = taken back).
template <class T>
concept RankingTarget = requires(const T& target) {
  { target.product_id } -> std::convertible_to<const ProductId&>;
  { target.quantity } -> std::convertible_to<std::int64_t>;
};

// What one of `quantity` counts: T::ranking_weight if there is one, else 1.
template <RankingTarget T>
constexpr std::int64_t ranking_weight() {
  if constexpr (requires {
                  { T::ranking_weight } -> std::convertible_to<std::int64_t>;
                }) {
    return T::ranking_weight;
  } else {
    return 1;
  }
}

// What a handler gives back when it is wrapped by increases_product_ranking: the targets, the
// moment whose day they count on, and what they came from (for people who search the outbox).
template <class T>
concept RanksRaised = requires(const T& raised) {
  { raised.ranking_targets() } -> std::ranges::input_range;
  requires RankingTarget<std::ranges::range_value_t<decltype(raised.ranking_targets())>>;
  { raised.ranked_at() } -> std::convertible_to<Timestamp>;
  { raised.ranking_source() } -> std::convertible_to<std::string>;
};

}  // namespace rushline::ranking
