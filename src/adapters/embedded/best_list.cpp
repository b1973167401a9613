// Binary search among a few hundred, one memory move per change.
#include "adapters/embedded/best_list.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace rushline::embedded {
namespace {

bool ranks_before(std::int64_t score_a, std::string_view id_a, std::int64_t score_b,
                  std::string_view id_b) {
  return score_a != score_b ? score_a > score_b : id_a > id_b;
}

// The same of two products; ids are looked at only when the scores do not tell.
class RanksBefore {
 public:
  explicit RanksBefore(const ProductTable& products) : products_(products) {}

  bool operator()(const Ranked& a, const Ranked& b) const {
    if (a.score != b.score) return a.score > b.score;
    return a.product != b.product && products_.id(a.product) > products_.id(b.product);
  }

 private:
  const ProductTable& products_;
};

}  // namespace

std::vector<Ranked> select_best(const ProductTable& products, const DayWindow& window,
                                std::size_t count) {
  if (count == 0) return {};
  const RanksBefore before(products);
  std::vector<Ranked> best;  // in no order; cut down to `count` whenever there are twice as many
  std::optional<Ranked> worst;
  const auto keep_best = [&] {
    const auto last = best.begin() + static_cast<std::ptrdiff_t>(count) - 1;
    std::nth_element(best.begin(), last, best.end(), before);
    worst = *last;
    best.resize(count);
  };
  for (ProductTable::Index i = 0; i < products.size(); ++i) {
    const Ranked ranked{products.score(i, window), i};
    if (ranked.score <= 0 || (worst && !before(ranked, *worst))) continue;
    best.push_back(ranked);
    if (best.size() / 2 >= count) keep_best();
  }
  if (best.size() > count) keep_best();
  std::sort(best.begin(), best.end(), before);
  return best;
}

std::int64_t count_before(const ProductTable& products, const DayWindow& window, std::int64_t score,
                          std::string_view id) {
  std::int64_t count = 0;
  for (ProductTable::Index i = 0; i < products.size(); ++i) {
    const std::int64_t other = products.score(i, window);
    if (other < score) continue;
    if (ranks_before(other, products.id(i), score, id)) ++count;
  }
  return count;
}

bool BestList::reaches_floor(const ProductTable& products, ProductTable::Index product,
                             std::int64_t score) const {
  if (score <= 0) return false;
  if (!floor_ || score != floor_->score) return !floor_ || score > floor_->score;
  return products.id(product) >= floor_->id.view();
}

std::size_t BestList::place_for(const ProductTable& products, ProductTable::Index product,
                                std::int64_t score) const {
  const auto place =
      std::lower_bound(best_.begin(), best_.end(), Ranked{score, product}, RanksBefore(products));
  return static_cast<std::size_t>(place - best_.begin());
}

std::optional<std::size_t> BestList::position(const ProductTable& products,
                                              ProductTable::Index product,
                                              std::int64_t score) const {
  if (!reaches_floor(products, product, score)) return std::nullopt;
  return place_for(products, product, score);
}

void BestList::update(const ProductTable& products, ProductTable::Index product,
                      std::int64_t old_score, std::int64_t new_score) {
  const bool stays = reaches_floor(products, product, new_score);
  const auto from = position(products, product, old_score);
  if (!from) {
    if (stays) insert(products, {new_score, product});
    return;
  }
  RUSHLINE_ASSERT(*from < best_.size() && best_[*from].product == product);
  if (!stays) {
    best_.erase(best_.begin() + static_cast<std::ptrdiff_t>(*from));
    return;
  }
  move(*from, place_for(products, product, new_score), {new_score, product});
}

void BestList::insert(const ProductTable& products, Ranked ranked) {
  const std::size_t place = place_for(products, ranked.product, ranked.score);
  best_.insert(best_.begin() + static_cast<std::ptrdiff_t>(place), ranked);
  if (best_.size() > kept_max) cut(products);
}

// `to` is the place in the list as it is, with the product still at `from`.
void BestList::move(std::size_t from, std::size_t to, Ranked ranked) {
  const auto old_place = best_.begin() + static_cast<std::ptrdiff_t>(from);
  const auto new_place = best_.begin() + static_cast<std::ptrdiff_t>(to);
  if (to <= from) {
    std::move_backward(new_place, old_place, old_place + 1);
    *new_place = ranked;
  } else {
    std::move(old_place + 1, new_place, old_place);
    *(new_place - 1) = ranked;
  }
}

void BestList::cut(const ProductTable& products) {
  best_.resize(kept_max);
  const Ranked& last = best_.back();
  floor_ = Floor{last.score, *ProductId::parse(products.id(last.product))};
}

void BestList::clear() {
  best_.clear();
  floor_.reset();
}

void BestList::refill(const ProductTable& products, const DayWindow& window) {
  floor_.reset();
  best_ = select_best(products, window, kept_max + 1);
  if (best_.size() > kept_max) cut(products);
}

void BestList::renumber(const ProductTable& from, const ProductTable& to) {
  for (Ranked& ranked : best_) {
    const ProductId id = *ProductId::parse(from.id(ranked.product));
    const auto found = to.find(id, ProductTable::hash_of(id));
    RUSHLINE_ASSERT(found.has_value());
    ranked.product = *found;
  }
}

}  // namespace rushline::embedded
