// Board, list, record: the first that knows.
#include "ranking/product_standing.hpp"

namespace rushline::ranking {

Result<Standing> ProductStanding::of(Transaction& transaction, std::int32_t days,
                                     const ProductId& product) {
  auto standing = board_.standing(days, product);
  if (standing.has_value()) return standing;
  if (const auto place = list_.place_of(days, product)) {
    return Standing{place->rank, place->score};
  }
  const Day today = calendar_.day_of(transaction.now());
  const auto score = store_.score(transaction, {today, days}, product);
  if (score.has_error()) return score.error();
  return Standing{std::nullopt, *score};
}

}  // namespace rushline::ranking
