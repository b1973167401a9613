// The exact best few hundred products of one window, kept up while scores rise and fall.
//
// Whoever is not on the list ranks behind its floor, so that a raise of any other product costs one
// comparison. Only when falls have emptied the list below what readers may ask for are all products
// looked at again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "adapters/embedded/product_table.hpp"

namespace rushline::embedded {

struct Ranked {
  std::int64_t score = 0;
  ProductTable::Index product = 0;
};

// The best `count` of all products in `window`, best first: higher scores first, equal ones in
// descending byte order of their ids. Looks at every product.
std::vector<Ranked> select_best(const ProductTable& products, const DayWindow& window,
                                std::size_t count);

// How many products rank before one of this score and id. Looks at every product.
std::int64_t count_before(const ProductTable& products, const DayWindow& window, std::int64_t score,
                          std::string_view id);

// One thread writes, or any number reads. `products` is always the same table, but for renumber().
class BestList {
 public:
  static constexpr std::size_t kept_max = 512;
  static constexpr std::size_t kept_min = limits::popular_limit_max;

  // Best first. Exact, but shorter than it could be unless is_whole().
  std::span<const Ranked> best() const { return best_; }
  // Every product with a score above zero is on the list.
  bool is_whole() const { return !floor_; }
  bool needs_refill() const { return floor_ && best_.size() < kept_min; }

  // Where a product of this score stands, from 0; nothing when it is not on the list.
  std::optional<std::size_t> position(const ProductTable& products, ProductTable::Index product,
                                      std::int64_t score) const;

  // The product's score in this window changes.
  void update(const ProductTable& products, ProductTable::Index product, std::int64_t old_score,
              std::int64_t new_score);
  void clear();
  void refill(const ProductTable& products, const DayWindow& window);

  // The products have moved to another table.
  void renumber(const ProductTable& from, const ProductTable& to);

 private:
  // Who ranks before it, or is it, is on the list.
  struct Floor {
    std::int64_t score;
    ProductId id;
  };

  bool reaches_floor(const ProductTable& products, ProductTable::Index product,
                     std::int64_t score) const;
  std::size_t place_for(const ProductTable& products, ProductTable::Index product,
                        std::int64_t score) const;
  void insert(const ProductTable& products, Ranked ranked);
  void move(std::size_t from, std::size_t to, Ranked ranked);
  void cut(const ProductTable& products);

  std::vector<Ranked> best_;
  std::optional<Floor> floor_;
};

}  // namespace rushline::embedded
