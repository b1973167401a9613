// How far the follower is behind the sales, for those who operate it.
//
// Written by the follower's thread, read by any. Times of sales are database time, so they are
// turned into this machine's monotonic time when the fold reads them: the way to the board and to
// the list is then measured with one clock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/histogram.hpp"
#include "core/time.hpp"

namespace rushline::ranking {

// What can be seen of it at one moment.
struct FollowerCounts {
  // As the last run found them before it folded anything.
  std::int64_t outbox_rows = 0;  // or a few more, when they are many
  // Of the oldest. It rises while folding fails; and while the outbox cannot be looked at, when it
  // is how long ago that could be done.
  std::chrono::microseconds outbox_age{0};
  std::chrono::microseconds clock_offset{0};  // the database's clock minus this server's
  std::optional<Monotonic> followed_at;       // when the lists were last as new as the record
  SizeTally folds;                            // by their rows
  // One value for each fold, of the oldest sale in it: from its writing until it was folded, until
  // the board had it, until the list showed it.
  DurationTally to_fold;
  DurationTally to_board;
  DurationTally to_list;
  std::int64_t rebuilds = 0;   // of the board, begun and ended by this server
  bool is_rebuilding = false;  // this server is at it
};

class FollowerProgress {
 public:
  explicit FollowerProgress(Monotonic now) : looked_at_(now) {}

  // The follower's thread only:

  // A look at the outbox, of which `asked_at` is the beginning: since when its first row waits;
  // nothing when it is empty.
  void looked(std::optional<Monotonic> oldest_sale, Monotonic asked_at);
  // A fold has read the outbox. `sale_age`: how long ago the oldest row was written.
  void found(std::int64_t rows, std::chrono::microseconds sale_age);
  void set_clock_offset(std::chrono::microseconds offset);
  // It is committed. `more_waiting`: sales that are no older than `oldest_sale`.
  void folded(std::int64_t rows, std::optional<Monotonic> oldest_sale, bool more_waiting,
              Monotonic now);
  // The board, or the list, has everything that was folded.
  void on_board(Monotonic now);
  void listed(Monotonic now);
  void followed(Monotonic now);
  void rebuild_began();
  void rebuild_ended(bool is_whole);

  // Any thread.
  FollowerCounts read(Monotonic now) const;

 private:
  using Microseconds = std::atomic<std::int64_t>;

  std::chrono::microseconds outbox_age(Monotonic now) const;

  std::atomic<std::int64_t> outbox_rows_ = 0;
  Microseconds outbox_age_ = 0;
  std::atomic<Monotonic> looked_at_;
  std::atomic<Monotonic> unfolded_since_{Monotonic{}};  // Monotonic{}: nothing waits
  Microseconds clock_offset_ = 0;
  std::atomic<Monotonic> followed_at_{Monotonic{}};  // Monotonic{}: never
  SizeHistogram folds_;
  DurationHistogram to_fold_;
  DurationHistogram to_board_;
  DurationHistogram to_list_;
  std::atomic<std::int64_t> rebuilds_ = 0;
  std::atomic<bool> is_rebuilding_ = false;
  // Folded and not there yet. The follower's thread only.
  std::optional<Monotonic> off_board_since_;
  std::optional<Monotonic> unlisted_since_;
};

}  // namespace rushline::ranking
