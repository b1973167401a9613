// How far a load run is: a bar that redraws itself on a terminal, a line a second elsewhere.
#pragma once

#include <chrono>
#include <string>

#include "app/console.hpp"
#include "load/summary.hpp"

namespace rushline::app {

// Used by one thread.
class LoadProgress {
 public:
  explicit LoadProgress(Stream& stream) : stream_(stream) {}

  void show(const load::Progress& progress);
  // Leaves the cursor on a fresh line.
  void finish();

 private:
  Stream& stream_;
  std::chrono::seconds shown_{-1};  // the last second for which a line was written
  bool is_drawn_ = false;
};

// "issued 500  sold out 2,500", only kinds that occurred.
std::string counts_text(const Stream& stream, const load::OutcomeCounts& outcomes);

// 0.35 ms, 12 ms, 1.2 s
std::string latency_text(std::int64_t us);

// A bar of `width` columns, filled to `share` (0 to 1) in eighths of a column.
std::string bar_text(double share, std::size_t width);

}  // namespace rushline::app
