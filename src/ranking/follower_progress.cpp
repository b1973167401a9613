// Keeps the oldest sale that is still on its way; what is behind it arrives with it.
#include "ranking/follower_progress.hpp"

#include <algorithm>
#include <utility>

#include "core/limits.hpp"

namespace rushline::ranking {
namespace {

void note_oldest(std::optional<Monotonic>& oldest, Monotonic sale) {
  oldest = std::min(oldest.value_or(sale), sale);
}

void arrived(std::optional<Monotonic>& since, DurationHistogram& histogram, Monotonic now) {
  if (const auto sale = std::exchange(since, std::nullopt)) histogram.record_alone(now - *sale);
}

}  // namespace

void FollowerProgress::looked(std::optional<Monotonic> oldest_sale, Monotonic asked_at) {
  looked_at_ = asked_at;
  unfolded_since_ = oldest_sale.value_or(Monotonic{});
  if (!oldest_sale) return found(0, std::chrono::microseconds{0});
  if (outbox_rows_ == 0) outbox_rows_ = 1;  // at least; a fold counts them
}

void FollowerProgress::found(std::int64_t rows, std::chrono::microseconds sale_age) {
  outbox_rows_ = rows;
  outbox_age_ = std::max<std::int64_t>(0, sale_age.count());
}

void FollowerProgress::set_clock_offset(std::chrono::microseconds offset) {
  clock_offset_ = offset.count();
}

void FollowerProgress::folded(std::int64_t rows, std::optional<Monotonic> oldest_sale,
                              bool more_waiting, Monotonic now) {
  unfolded_since_ = more_waiting ? oldest_sale.value_or(now) : Monotonic{};
  if (rows == 0) return;
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

std::chrono::microseconds FollowerProgress::outbox_age(Monotonic now) const {
  const auto age_of = [now](Monotonic moment) {
    return std::chrono::duration_cast<std::chrono::microseconds>(now - moment);
  };
  std::chrono::microseconds age{outbox_age_};
  if (const Monotonic since = unfolded_since_; since != Monotonic{}) {
    age = std::max(age, age_of(since));
  }
  // What was sold since nobody knows.
  const auto unseen = age_of(looked_at_);
  return unseen > limits::outbox_unseen_normal_max ? std::max(age, unseen) : age;
}

FollowerCounts FollowerProgress::read(Monotonic now) const {
  FollowerCounts counts;
  counts.outbox_rows = outbox_rows_;
  counts.outbox_age = outbox_age(now);
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
