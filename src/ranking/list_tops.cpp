// Labels once for all windows.
#include "ranking/list_tops.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace rushline::ranking {

Result<void> read_labels(Transaction& transaction, SalesStore& store, ListTops& tops) {
  const auto record = store.record_state(transaction);
  if (record.has_error()) return record.error();
  tops.record = *record;
  std::vector<ProductId> products;
  for (const Top& top : tops.tops) {
    for (const Score& score : top.scores) products.push_back(score.product);
  }
  std::sort(products.begin(), products.end());
  products.erase(std::unique(products.begin(), products.end()), products.end());
  auto labels = store.labels(transaction, products);
  if (labels.has_error()) return labels.error();
  tops.labels = std::move(*labels);
  return {};
}

Result<ListTops> read_tops(Transaction& transaction, SalesStore& store, Day today) {
  ListTops tops;
  for (std::size_t i = 0; i < window_lengths.size(); ++i) {
    auto scores = store.top(transaction, {today, window_lengths[i]}, limits::popular_limit_max);
    if (scores.has_error()) return scores.error();
    tops.tops[i].scores = std::move(*scores);
  }
  if (auto labelled = read_labels(transaction, store, tops); labelled.has_error()) {
    return labelled.error();
  }
  for (Top& top : tops.tops) top.at = {tops.record.revision, today};
  return tops;
}

std::vector<ListItem> label_items(const std::vector<Score>& scores,
                                  const std::vector<ProductLabel>& labels) {
  std::unordered_map<ProductId, const ProductLabel*> label_of;
  for (const ProductLabel& label : labels) label_of.emplace(label.product, &label);
  std::vector<ListItem> items;
  items.reserve(scores.size());
  for (const Score& score : scores) {
    ListItem item{score.product, score.score, std::nullopt, std::nullopt};
    if (const auto label = label_of.find(score.product); label != label_of.end()) {
      item.name = label->second->name;
      item.price = label->second->price;
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace rushline::ranking
