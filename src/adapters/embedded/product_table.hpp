// Every product with a sale in the days that matter, found by its id in one or two cache misses
// however many there are.
//
// A hash table of 8-byte slots points into products of one cache line each. Products are numbered
// in the order in which they came and never leave on their own: a day that is over costs nothing,
// because a product forgets it when it is next written. compact() drops those that nothing is left
// of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/limits.hpp"
#include "core/shop_calendar.hpp"

namespace rushline::embedded {

// The days of the widest window that ends today, and tomorrow.
inline constexpr std::int32_t days_kept = limits::ranking_window_days + 1;

// Storage of many megabytes in pages of 2 MiB where the system has them: a lookup then seldom
// misses the address cache.
template <class T>
struct LargeArrayDeleter {
  void operator()(T* items) const { std::free(items); }
};
template <class T>
using LargeArray = std::unique_ptr<T[], LargeArrayDeleter<T>>;

// One thread writes, or any number reads. Calls that take an index: it must be below size().
class ProductTable {
 public:
  using Index = std::uint32_t;

  // Of an id; computed once and passed along.
  struct Hash {
    std::uint32_t value;
  };
  static Hash hash_of(const ProductId& product);

  ProductTable();

  Index size() const { return size_; }
  // Room for `count` more products without growing.
  bool has_room_for(std::size_t count) const;
  void make_room_for(std::size_t count);

  std::optional<Index> find(const ProductId& product, Hash hash) const;
  // There must be room.
  Index find_or_add(const ProductId& product, Hash hash);

  // Two hints for a product that is asked for soon; the second some time after the first.
  void prefetch_slot(Hash hash) const;
  void prefetch_product(Hash hash) const;

  std::string_view id(Index product) const;

  // `newest` is the last day that is kept, the same or a later one than at every call before; `day`
  // and the days of `window` are not before newest - (days_kept - 1), and `day` not after newest.
  std::int64_t total(Index product, Day day) const;
  void set_total(Index product, Day day, Day newest, std::int64_t total);
  // The sum of the totals of the window's days; days after `newest` count nothing.
  std::int64_t score(Index product, const DayWindow& window) const;

  // A table of the products that have a total in the days that are kept.
  std::unique_ptr<ProductTable> compact(Day newest) const;
  // How many they are.
  Index count_alive(Day newest) const;

 private:
  static constexpr std::size_t short_id_length_max = 27;

  struct alignas(64) Product {
    std::array<std::int64_t, days_kept> totals;  // of day d at d modulo days_kept
    std::int32_t newest;                         // the last day that `totals` holds
    std::uint8_t id_length;
    // The id, or, if it is longer, its index in long_ids_.
    std::array<char, short_id_length_max> id;
  };
  static_assert(sizeof(Product) == 64);

  struct Slot {
    std::uint32_t hash;
    std::uint32_t product_plus_1;  // 0 = free
  };

  static constexpr std::size_t block_products = std::size_t{1} << 15;  // 2 MiB

  static std::size_t place_of(Day day);
  Product& at(Index product) { return blocks_[product / block_products][product % block_products]; }
  const Product& at(Index product) const {
    return blocks_[product / block_products][product % block_products];
  }
  bool is_alive(Index product, Day newest) const;
  // The slot of the product, or the free one where it belongs.
  Slot& slot_of(std::string_view id, Hash hash) const;
  Index add(std::string_view id);

  LargeArray<Slot> slots_;
  std::size_t slots_count_;  // a power of two; at most half of them are taken
  std::vector<LargeArray<Product>> blocks_;
  std::vector<ProductId> long_ids_;
  Index size_ = 0;
};

}  // namespace rushline::embedded
