// The ranking board in Redis, shared by all servers: daily sets, and the sets of the windows over
// them, which every push keeps up.
//
// Reading the best costs the same whatever the catalogue: nothing is united, neither then nor at
// midnight. The sets of tomorrow and of the windows that end later fill up beforehand.
#pragma once

#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/function_library.hpp"
#include "core/shop_calendar.hpp"
#include "ranking/ranking_board.hpp"

namespace rushline::redis {

class Awaited;
struct ScoredProduct;

// Safe to call from any thread but the client's: calls wait for Redis, at most
// limits::board_call_time_max each; a rebuild as often as it has chunks.
class RedisRankingBoard final : public ranking::RankingBoard {
 public:
  // All three must outlive the board and its calls. `calendar` says when a set is not needed any
  // more.
  RedisRankingBoard(Client& client, FunctionLibrary& library, const ShopCalendar& calendar)
      : client_(client), library_(library), calendar_(calendar) {}

  Result<std::optional<ranking::BoardState>> state() override;
  Result<bool> push(const ranking::Push& push) override;
  Result<bool> rebuild(const std::optional<ranking::BoardState>& replaced,
                       ranking::Revision reached, Day today,
                       std::span<const ranking::DayTotal> totals) override;
  Result<std::vector<ranking::Score>> top(std::int32_t days, std::int64_t count_max) override;
  Result<ranking::Standing> standing(std::int32_t days, const ProductId& product) override;

 private:
  Result<Reply> ask(std::string_view function, std::span<const std::string> keys,
                    std::span<const std::string_view> arguments);
  std::vector<std::string> ends_of_keys(Day today) const;
  void fill(const std::string& key, std::span<const ScoredProduct> members, Awaited& awaited);
  Result<bool> replace(const std::optional<ranking::BoardState>& replaced,
                       ranking::Revision reached, Day today, std::span<const std::string> keys,
                       std::span<const std::size_t> sizes);

  Client& client_;                // constant
  FunctionLibrary& library_;      // constant
  const ShopCalendar& calendar_;  // constant
};

}  // namespace rushline::redis
