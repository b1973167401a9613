// Measuring in stretches of work that end when something is done.
#include "core/work_limit.hpp"

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline {
namespace {

double seconds(Monotonic::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

std::int64_t WorkLimit::room() const {
  if (per_second_ == 0) return bounds_.waiting_first;
  const double in_time = per_second_ * seconds(bounds_.wait_max);
  if (in_time >= static_cast<double>(bounds_.waiting_max)) return bounds_.waiting_max;
  return std::max(bounds_.waiting_min, static_cast<std::int64_t>(in_time));
}

// So many that whoever does the work has all that it can use.
std::int64_t WorkLimit::plenty() const {
  return per_second_ == 0 ? bounds_.waiting_first / 8 : room() / 2;
}

std::chrono::nanoseconds WorkLimit::expected_wait() const {
  if (per_second_ == 0) return {};
  const std::chrono::duration<double> wait{static_cast<double>(waiting_) / per_second_};
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::min<std::chrono::duration<double>>(wait, std::chrono::hours{1}));
}

void WorkLimit::begin(std::int64_t count, Monotonic now) {
  if (waiting_ == 0) {
    stretch_begin_ = now - stretch_;
    stretch_lowest_ = 0;
  }
  waiting_ += count;
}

void WorkLimit::end(std::int64_t count, Monotonic now) {
  RUSHLINE_ASSERT(count <= waiting_);
  waiting_ -= count;
  stretch_done_ += count;
  stretch_lowest_ = std::min(stretch_lowest_, waiting_);
  stretch_ = now - stretch_begin_;
  const auto time_min =
      per_second_ == 0 ? limits::work_measured_first_time_min : limits::work_measured_time_min;
  const bool has_just_plenty = stretch_lowest_ < plenty() && waiting_ >= plenty();
  if (stretch_ >= time_min) {
    measure(now);
    restart(now);
  } else if (per_second_ == 0 && has_just_plenty) {
    restart(now);  // a rush begins: the time before it tells nothing
  }
}

void WorkLimit::measure(Monotonic now) {
  const double measured = static_cast<double>(stretch_done_) / seconds(stretch_);
  const bool had_plenty = stretch_lowest_ >= plenty();
  if (had_plenty) {
    measured_at_ = now;
    if (per_second_ == 0) per_second_ = measured;
  } else if (now - measured_at_ > limits::work_measured_age_max) {
    per_second_ = 0;
  }
  if (per_second_ == 0 || (measured < per_second_ && !had_plenty)) return;
  const double share = 1 - std::exp(-seconds(stretch_) / seconds(limits::work_measured_smoothing));
  per_second_ += share * (measured - per_second_);
}

void WorkLimit::restart(Monotonic now) {
  stretch_begin_ = now;
  stretch_ = {};
  stretch_done_ = 0;
  stretch_lowest_ = waiting_;
}

}  // namespace rushline
