// The bookkeeping of one event's line on one server.
#include "coupons/line_desk.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/planted_bug.hpp"

namespace rushline::coupons {
namespace {

Window window_of(const CouponEvent& row, Timestamp as_of) {
  std::optional<Timestamp> closes_at = row.closes_at;
  if (row.closed_at && (!closes_at || *row.closed_at < *closes_at)) closes_at = row.closed_at;
  return {.opens_at = row.opens_at, .closes_at = closes_at, .paused = row.paused, .as_of = as_of};
}

}  // namespace

LineDesk::Way LineDesk::way() const {
  const std::scoped_lock lock(mutex_);
  if (!row_) return {};
  return {.is_known = true,
          .mode = row_->mode,
          .fence = {row_->id, row_->epoch, row_->replid},
          .mark = row_->mark,
          .ack = row_->ack,
          .window = window_of(*row_, row_as_of_)};
}

std::vector<Waiting> LineDesk::learn(const CouponEvent& row, Timestamp as_of, Monotonic now,
                                     std::optional<Monotonic> asked_at) {
  const std::scoped_lock lock(mutex_);
  // What rises tells the order of two readings; where nothing rose (paused, closed), their time.
  // What was asked for after a row was known is newer, whatever the database's clock says, and
  // even where the database itself was taken back.
  const bool is_asked_later = row_ && asked_at && *asked_at > row_learned_at_;
  if (row_ && !is_asked_later &&
      (is_newer(*row_, row) || (!is_newer(row, *row_) && as_of < row_as_of_))) {
    return {};
  }
  const bool is_new_epoch = !row_ || row_->epoch != row.epoch;
  if (is_new_epoch) raise_seen_at_ = now;  // a raise that opens a round takes an epoch
  if (is_new_epoch || row_->mark < row.mark || row_->paused) line_moved_at_ = now;
  if (row.paused) samples_.clear();  // who waits on purpose is not counted
  row_ = row;
  // The line, too, takes what is newer by this: it goes on where the database's clock went back.
  row_as_of_ = is_asked_later ? std::max(as_of, row_as_of_ + std::chrono::microseconds(1)) : as_of;
  row_learned_at_ = now;
  row.mode == Mode::redis ? return_.saw_line(now) : return_.saw_direct(now);
  if (row.mode == Mode::redis) returns_at_once_ = false;
  if (row.line_epoch.value == 0) returns_at_once_ = true;  // a new event, or a new round
  if (!is_new_epoch) return {};
  std::vector<Waiting> strays = line_.take_other_epochs(row.epoch);
  strays.insert(strays.end(), for_line_.begin(), for_line_.end());
  for_line_.clear();
  return strays;
}

std::optional<CouponEvent> LineDesk::row() const {
  const std::scoped_lock lock(mutex_);
  return row_;
}

bool LineDesk::raise_has_waited(Monotonic now) const {
  return !row_ || !row_->raise || is_planted(PlantedBug::raise_at_once) ||
         now - raise_seen_at_ >= limits::sold_out_flag_age_max;
}

bool LineDesk::may_open_round(Monotonic now) const {
  const std::scoped_lock lock(mutex_);
  return raise_has_waited(now);
}

void LineDesk::add(const Waiting& waiting) {
  const std::scoped_lock lock(mutex_);
  line_.add(waiting);
}

void LineDesk::add(const std::vector<Waiting>& waiting) {
  const std::scoped_lock lock(mutex_);
  for (const Waiting& one : waiting) line_.add(one);
}

std::vector<Waiting> LineDesk::take_through(Sequence mark) {
  const std::scoped_lock lock(mutex_);
  return line_.take_through(mark);
}

std::vector<Waiting> LineDesk::take_older_than(Monotonic before) {
  const std::scoped_lock lock(mutex_);
  return line_.take_older_than(before);
}

std::vector<Waiting> LineDesk::take_strays() {
  const std::scoped_lock lock(mutex_);
  return row_ ? line_.take_other_epochs(row_->epoch) : std::vector<Waiting>{};
}

std::size_t LineDesk::waiting() const {
  const std::scoped_lock lock(mutex_);
  return line_.size();
}

void LineDesk::note_line_size(std::int64_t size, Monotonic now) {
  const std::scoped_lock lock(mutex_);
  if (line_size_ == 0) line_moved_at_ = now;
  line_size_ = size;
}

std::int64_t LineDesk::line_size() const {
  const std::scoped_lock lock(mutex_);
  return has_places() ? line_size_ : 0;
}

std::optional<Monotonic> LineDesk::waiting_since() const {
  const std::scoped_lock lock(mutex_);
  if (row_ && row_->paused) return std::nullopt;
  std::optional<Monotonic> oldest = line_.oldest_arrival();
  for (const Waiting& one : for_line_) {
    oldest = std::min(oldest.value_or(one.ticket.arrived), one.ticket.arrived);
  }
  if (!has_places()) return oldest;
  const auto sample = samples_.oldest_arrival(row_->mark);
  const Monotonic in_line = sample.value_or(line_moved_at_);
  return std::min(oldest.value_or(in_line), in_line);
}

std::optional<Monotonic> LineDesk::still_since() const {
  const std::scoped_lock lock(mutex_);
  if (!row_ || row_->paused || (!has_places() && line_.empty())) return std::nullopt;
  return line_moved_at_;
}

void LineDesk::note_given(const LineSample& sample) {
  const std::scoped_lock lock(mutex_);
  if (!row_ || !row_->paused) samples_.add(sample);
}

std::vector<LineSample> LineDesk::take_settled(Sequence mark) {
  const std::scoped_lock lock(mutex_);
  return samples_.take_through(mark);
}

Sequence LineDesk::last_place() const {
  const std::scoped_lock lock(mutex_);
  return line_.last();
}

std::optional<Sequence> LineDesk::place_of(const UserId& user) const {
  const std::scoped_lock lock(mutex_);
  return line_.place_of(user);
}

std::int64_t LineDesk::position(Sequence seq) const {
  const std::scoped_lock lock(mutex_);
  return row_ ? position_in_line(*row_, seq) : 1;
}

std::vector<Waiting> LineDesk::wait_for_line(const std::vector<Waiting>& turned) {
  const std::scoped_lock lock(mutex_);
  std::vector<Waiting> strays;
  for (const Waiting& one : turned) {
    const bool is_of_epoch = row_ && row_->epoch == one.epoch;
    (is_of_epoch ? for_line_ : strays).push_back(one);
  }
  return strays;
}

std::vector<Waiting> LineDesk::take_waiting_for_line() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(for_line_, {});
}

bool LineDesk::begin_drain(Monotonic now) {
  const std::scoped_lock lock(mutex_);
  has_work_ = true;
  if (is_draining_ || now < drain_not_before_) return false;
  is_draining_ = true;
  has_work_ = false;
  return true;
}

bool LineDesk::end_drain(Monotonic now, Monotonic::duration pause) {
  const std::scoped_lock lock(mutex_);
  RUSHLINE_ASSERT(is_draining_);
  drained_at_ = now;
  drain_not_before_ = std::max(drain_not_before_, now + pause);
  if (has_work_ && now >= drain_not_before_) {
    has_work_ = false;
    return true;
  }
  is_draining_ = false;
  return false;
}

void LineDesk::note_work() {
  const std::scoped_lock lock(mutex_);
  has_work_ = true;
}

bool LineDesk::wants_drain(Monotonic now, Monotonic::duration age) const {
  const std::scoped_lock lock(mutex_);
  if (is_draining_ || !row_ || row_->mode != Mode::redis || now < drain_not_before_) return false;
  const bool somebody_waits = !line_.empty() || !for_line_.empty();
  return has_work_ || (somebody_waits && now - drained_at_ >= age);
}

void LineDesk::other_settled(Sequence mark, Monotonic now, Monotonic::duration pause) {
  const std::scoped_lock lock(mutex_);
  if (row_ && mark <= row_->mark) return;  // our own, or known already
  drain_not_before_ = std::max(drain_not_before_, now + pause);
  if (!line_.empty()) has_work_ = true;
}

bool LineDesk::begin_return(Monotonic now, std::optional<Monotonic> healthy_since,
                            Timestamp database_now) {
  const std::scoped_lock lock(mutex_);
  if (is_returning_ || !row_ || row_->mode != Mode::direct) return false;
  if (!raise_has_waited(now)) return false;
  if (!may_have_line(with_effective_raise(*row_, database_now), database_now)) return false;
  if (!return_.is_due(now, healthy_since, returns_at_once_)) return false;
  is_returning_ = true;
  return true;
}

void LineDesk::end_return(bool succeeded, Monotonic now) {
  const std::scoped_lock lock(mutex_);
  RUSHLINE_ASSERT(is_returning_);
  is_returning_ = false;
  if (!succeeded) return_.failed(now);
}

void LineDesk::want_return_at_once() {
  const std::scoped_lock lock(mutex_);
  returns_at_once_ = true;
}

void LineDesk::begin_work() {
  const std::scoped_lock lock(mutex_);
  ++work_;
}

void LineDesk::end_work() {
  const std::scoped_lock lock(mutex_);
  --work_;
}

bool LineDesk::is_idle() const {
  const std::scoped_lock lock(mutex_);
  return line_.empty() && for_line_.empty() && work_ == 0 && !is_returning_ && !is_draining_ &&
         !is_looking_;
}

bool LineDesk::begin_row_look() {
  const std::scoped_lock lock(mutex_);
  looks_again_ = is_looking_;
  if (is_looking_) return false;
  is_looking_ = true;
  return true;
}

bool LineDesk::end_row_look() {
  const std::scoped_lock lock(mutex_);
  is_looking_ = false;
  return std::exchange(looks_again_, false);
}

}  // namespace rushline::coupons
