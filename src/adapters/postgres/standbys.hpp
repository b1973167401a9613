// How the standbys of a primary do, by its own word and by what it said before.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/database.hpp"
#include "core/time.hpp"

namespace rushline::postgres {

// What a standby does with what it is sent, in this order.
enum class Stage : std::uint8_t { written, flushed, replayed };
inline constexpr std::size_t stage_count = 3;

struct StandbyRow {
  std::int64_t streaming = 0;
  std::int64_t behind = 0;      // catching up
  std::int64_t hidden = 0;      // the user may not see how they do: it is no member of pg_monitor
  std::int64_t primary_at = 0;  // position in the log of what was written on the primary
  struct OfStage {
    std::optional<std::int64_t> slowest_at;  // nothing when none can be seen
    std::chrono::microseconds lag{0};        // 0: PostgreSQL knows none, as when nothing is written
  };
  std::array<OfStage, stage_count> stages = {};  // by Stage
};

// Inside a unit of work, of a primary.
Result<StandbyRow> look_at_standbys(Transaction& transaction);

struct Standbys {
  std::int64_t streaming = 0;
  std::int64_t behind = 0;
  std::int64_t hidden = 0;
  // Of the slowest: from a flush on the primary until it had done that with it.
  std::array<std::chrono::microseconds, stage_count> lags = {};  // by Stage
};

// Remembers looks, because PostgreSQL measures by answers: of a standby that gives none it repeats
// the lag of the last. Safe to call from any thread.
class StandbyWatch {
 public:
  void saw(const StandbyRow& row, Monotonic now);
  Standbys last() const;

 private:
  // Where the primary was at an earlier look; not reached since then.
  struct Mark {
    std::int64_t at = 0;
    Monotonic seen{};
  };

  mutable std::mutex mutex_;
  std::array<std::optional<Mark>, stage_count> marks_;  // guarded by mutex_
  Standbys last_;                                       // guarded by mutex_
};

}  // namespace rushline::postgres
