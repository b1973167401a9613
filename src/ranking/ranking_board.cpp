// What can be said of every board.
#include "ranking/ranking_board.hpp"

namespace rushline::ranking {

Result<bool> RankingBoard::rebuild(const std::optional<BoardState>& replaced, Revision reached,
                                   Day today, std::span<const DayTotal> totals) {
  auto rebuild = begin_rebuild(replaced, today);
  if (rebuild.has_error()) return rebuild.error();
  if (*rebuild == nullptr) return false;
  const auto filled = (*rebuild)->fill(totals);
  if (filled.has_error() || !*filled) return filled;
  return (*rebuild)->finish(reached);
}

}  // namespace rushline::ranking
