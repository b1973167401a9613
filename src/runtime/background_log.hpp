// Lines of a log that are written by a thread of their own: for whoever must not wait for the
// stream, such as an event loop.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

#include "core/callback.hpp"
#include "runtime/log.hpp"
#include "runtime/threads.hpp"

namespace rushline::runtime {

class BackgroundLog {
 public:
  // Says its line to the log, on the log's thread; owns what it says.
  using Line = Callback<void(Log&)>;

  // `log` must outlive it. At most `waiting_max` lines wait.
  BackgroundLog(Log& log, std::size_t waiting_max) : log_(log), waiting_max_(waiting_max) {}
  // Stops.
  ~BackgroundLog() { stop(); }
  BackgroundLog(const BackgroundLog&) = delete;
  BackgroundLog& operator=(const BackgroundLog&) = delete;

  // Any thread, never waits for the stream. False: too many wait already, or it has stopped; then
  // the line is gone. What is submitted before the start is written then.
  bool submit(Line line);
  // Lines not taken by the log's thread yet.
  std::size_t waiting() const;

  // By the owner, once.
  void start();
  // By the owner: writes what waits, then the thread ends. Harmless when repeated.
  void stop();

 private:
  void run();

  Log& log_;                       // constant
  const std::size_t waiting_max_;  // constant
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Line> waiting_;  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  Threads threads_;            // used by the owner
};

}  // namespace rushline::runtime
