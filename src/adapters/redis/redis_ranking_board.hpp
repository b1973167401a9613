// The ranking board in Redis, shared by all servers: daily sets, and the sets of the windows over
// them, which every push keeps up.
//
// Reading the best costs the same whatever the catalogue: nothing is united, neither then nor at
// midnight. The sets of tomorrow and of the windows that end later fill up beforehand. No script is
// long: what is much is done in steps.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/redis/client.hpp"
#include "adapters/redis/function_library.hpp"
#include "core/shop_calendar.hpp"
#include "ranking/ranking_board.hpp"

namespace rushline::redis {

// Safe to call from any thread but the client's: calls wait for Redis, at most
// limits::board_call_time_max each; a large push as often as it has steps.
class RedisRankingBoard final : public ranking::RankingBoard {
 public:
  // Both must outlive the board and its calls. `calendar` says when a set is not needed any more.
  RedisRankingBoard(FunctionLibrary& library, const ShopCalendar& calendar)
      : library_(library), calendar_(calendar) {}

  Result<std::optional<ranking::BoardState>> state() override;
  Result<bool> push(const ranking::Push& push) override;
  Result<std::unique_ptr<ranking::BoardRebuild>> begin_rebuild(
      const std::optional<ranking::BoardState>& replaced, Day today) override;
  Result<ranking::Top> top(std::int32_t days, std::int64_t count_max) override;
  Result<ranking::Standing> standing(std::int32_t days, const ProductId& product) override;

 private:
  Result<Reply> ask(std::string_view function, std::span<const std::string> keys,
                    std::span<const std::string_view> arguments);

  FunctionLibrary& library_;      // constant
  const ShopCalendar& calendar_;  // constant
};

}  // namespace rushline::redis
