// A board in Redis that is being built anew: sets filled in pieces of a few milliseconds each, so
// that whatever else Redis does goes on in between.
//
// The sums of the windows are made here, where each product comes with all its days: Redis adds
// nothing up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/awaited.hpp"
#include "adapters/redis/function_library.hpp"
#include "ranking/ranking_board.hpp"

namespace rushline::redis {

// Used by one thread, which waits for Redis.
class RedisBoardRebuild final : public ranking::BoardRebuild {
 public:
  // Of a board that was emptied for `move`. `library` must outlive it; `keys` and `ends` as in
  // board_sets.hpp.
  RedisBoardRebuild(FunctionLibrary& library, Day today, std::string move,
                    std::vector<std::string> keys, std::vector<std::string> ends);

  Result<bool> fill(std::span<const ranking::DayTotal> totals) override;
  Result<bool> correct(std::span<const ranking::DayTotal> totals) override;
  Result<bool> finish(ranking::Revision reached) override;

 private:
  struct Member;

  void send_members(std::size_t set, std::span<const Member> members);
  void send_step(std::string_view function, std::span<const std::string_view> rest);
  Result<bool> last_answer();

  FunctionLibrary& library_;             // constant
  const Day today_;                      // constant
  const std::string move_;               // constant
  const std::vector<std::string> keys_;  // constant
  const std::vector<std::string> ends_;  // constant
  std::int64_t steps_ = 0;               // sent
  Awaited awaited_;
};

}  // namespace rushline::redis
