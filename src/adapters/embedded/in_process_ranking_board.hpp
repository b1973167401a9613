// The ranking board of the embedded default: in this process' own memory.
//
// Neither raising a product nor reading the best hundred depends on how many products there are
// (best_list.hpp), and midnight costs nothing: the lists of the windows that end on the days to
// come are kept up all along.
#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>

#include "ranking/ranking_board.hpp"

namespace rushline::embedded {

// Begins empty. Only an empty board makes a call fail. While it is rebuilt it shows what it was.
// standing() of a product that is not among the best few hundred looks at every product.
class InProcessRankingBoard final : public ranking::RankingBoard {
 public:
  InProcessRankingBoard();
  ~InProcessRankingBoard() override;

  Result<std::optional<ranking::BoardState>> state() override;
  Result<bool> push(const ranking::Push& push) override;
  Result<std::unique_ptr<ranking::BoardRebuild>> begin_rebuild(
      const std::optional<ranking::BoardState>& replaced, Day today) override;
  Result<ranking::Top> top(std::int32_t days, std::int64_t count_max) override;
  Result<ranking::Standing> standing(std::int32_t days, const ProductId& product) override;

 private:
  class Contents;
  class Rebuild;

  std::shared_lock<std::shared_mutex> lock_to_read();
  std::unique_lock<std::shared_mutex> lock_to_write();
  std::optional<ranking::BoardState> state_now() const;  // under mutex_

  std::mutex turnstile_;  // passed on the way to mutex_, so that readers cannot starve the writer
  std::shared_mutex mutex_;
  std::unique_ptr<Contents> contents_;  // guarded by mutex_; null = empty
};

}  // namespace rushline::embedded
