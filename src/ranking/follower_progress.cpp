// Keeps the oldest sale that is still on its way; what is behind it arrives with it.
#include "ranking/follower_progress.hpp"

#include <algorithm>
#include <utility>

namespace rushline::ranking {
namespace {

void note_oldest(std::optional<Monotonic>& oldest, Monotonic sale) {
  oldest = std::min(oldest.value_or(sale), sale);
}

void arrived(std::optional<Monotonic>& since, DurationHistogram& histogram, Monotonic now) {
  if (const auto sale = std::exchange(since, std::nullopt)) histogram.record_alone(now - *sale);
}

}  // namespace

void FollowerProgress::found(std::int64_t rows, std::chrono::microseconds sale_age) {
  outbox_rows_ = rows;
  outbox_age_ = std::max<std::int64_t>(0, sale_age.count());
}

void FollowerProgress::set_clock_offset(std::chrono::microseconds offset) {
  clock_offset_ = offset.count();
}

void FollowerProgress::folded(std::int64_t rows, std::optional<Monotonic> oldest_sale,
                              Monotonic now) {
  folds_.record_alone(rows);
  if (!oldest_sale) return;
  to_fold_.record_alone(now - *oldest_sale);
  note_oldest(off_board_since_, *oldest_sale);
  note_oldest(unlisted_since_, *oldest_sale);
}

void FollowerProgress::on_board(Monotonic now) { arrived(off_board_since_, to_board_, now); }

void FollowerProgress::listed(Monotonic now) { arrived(unlisted_since_, to_list_, now); }

void FollowerProgress::followed(Monotonic now) { followed_at_ = now; }

void FollowerProgress::rebuild_began() { is_rebuilding_ = true; }

void FollowerProgress::rebuild_ended(bool is_whole) {
  is_rebuilding_ = false;
  if (is_whole) ++rebuilds_;
}

FollowerCounts FollowerProgress::read() const {
  FollowerCounts counts;
  counts.outbox_rows = outbox_rows_;
  counts.outbox_age = std::chrono::microseconds{outbox_age_};
  counts.clock_offset = std::chrono::microseconds{clock_offset_};
  if (const Monotonic at = followed_at_; at != Monotonic{}) counts.followed_at = at;
  counts.folds = folds_.read();
  counts.to_fold = to_fold_.read();
  counts.to_board = to_board_.read();
  counts.to_list = to_list_.read();
  counts.rebuilds = rebuilds_;
  counts.is_rebuilding = is_rebuilding_;
  return counts;
}

}  // namespace rushline::ranking
