// The thread takes all that waits at once and writes it without holding the lock.
#include "runtime/background_log.hpp"

#include <utility>

namespace rushline::runtime {

bool BackgroundLog::submit(Line line) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(std::move(line));
  }
  changed_.notify_one();
  return true;
}

std::size_t BackgroundLog::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void BackgroundLog::start() {
  threads_.start("log", [this] { run(); });
}

void BackgroundLog::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  threads_.join();
}

void BackgroundLog::run() {
  for (bool is_last = false; !is_last;) {
    std::vector<Line> lines;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      lines = std::exchange(waiting_, {});
      is_last = stopping_;
    }
    for (Line& line : lines) line(log_);
  }
}

}  // namespace rushline::runtime
