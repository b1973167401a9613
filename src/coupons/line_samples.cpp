// When there are too many samples, neighbours become one: a wait is then off by less than a
// fiftieth of the time that the whole line has taken.
#include "coupons/line_samples.hpp"

#include <algorithm>
#include <utility>

namespace rushline::coupons {

void LineSamples::add(const LineSample& sample) {
  if (!samples_.empty() && sample.last <= samples_.back().last) return;
  if (samples_.size() == limits::line_samples_max) thin_out();
  samples_.push_back(sample);
}

// Into at most half as many, each of them about as long.
void LineSamples::thin_out() {
  const auto length = (samples_.back().given - samples_.front().given) /
                      static_cast<std::int64_t>(limits::line_samples_max / 2 - 1);
  std::deque<LineSample> kept;
  for (const LineSample& sample : samples_) {
    if (kept.empty() || sample.given - kept.back().given > length) {
      kept.push_back(sample);
      continue;
    }
    kept.back().last = sample.last;
    kept.back().places += sample.places;
    kept.back().unwatched += sample.unwatched;
  }
  samples_ = std::move(kept);
}

std::vector<LineSample> LineSamples::take_through(Sequence mark) {
  const auto end = std::ranges::find_if(
      samples_, [mark](const LineSample& sample) { return mark < sample.last; });
  std::vector<LineSample> taken(samples_.begin(), end);
  samples_.erase(samples_.begin(), end);
  return taken;
}

std::optional<Monotonic> LineSamples::oldest_arrival(Sequence mark) const {
  for (const LineSample& sample : samples_) {
    if (mark < sample.last) return sample.arrived;
  }
  return std::nullopt;
}

}  // namespace rushline::coupons
