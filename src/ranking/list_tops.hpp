// The best of every window with what labels them: what lists are made of, wherever it comes from.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/database.hpp"
#include "core/limits.hpp"
#include "ranking/popular_list.hpp"
#include "ranking/ranking_board.hpp"

namespace rushline::ranking {

inline constexpr std::array<std::int32_t, 2> window_lengths = {1, limits::ranking_window_days};

struct ListTops {
  std::array<Top, window_lengths.size()> tops;  // in the order of window_lengths
  RecordState record;                           // beside the labels
  std::vector<ProductLabel> labels;
};

// Adds the record's state and the labels to the tops.
Result<void> read_labels(Transaction& transaction, SalesStore& store, ListTops& tops);

// Straight from the totals: looks at every product of the widest window.
Result<ListTops> read_tops(Transaction& transaction, SalesStore& store, Day today);

std::vector<ListItem> label_items(const std::vector<Score>& scores,
                                  const std::vector<ProductLabel>& labels);

}  // namespace rushline::ranking
