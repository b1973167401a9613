// Whether the threads that serve still turn: event loops and database threads.
//
// What a watchdog is told. A lost database is no reason to end a process: its units then fail in
// time, which is a turn of their threads, too.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "core/time.hpp"
#include "ops/counted_database.hpp"
#include "runtime/event_loops.hpp"

namespace rushline::app {

// Used by one thread. Must outlive the running of the loops.
class Pulse {
 public:
  using Counts = std::function<ops::DatabaseCounts()>;

  // `loops` must outlive it.
  Pulse(runtime::EventLoops& loops, Counts database)
      : loops_(loops), database_(std::move(database)), heard_(loops.size()) {}

  // True unless a loop has not run what the last look posted to it, or units of work wait and none
  // has ended for limits::database_turn_time_max. Looks leave the loops time for a turn in between.
  bool beats(Monotonic now);

 private:
  // Units of one kind.
  struct Turn {
    std::int64_t ended = 0;
    Monotonic turned_at{};  // when one ended last, or none waited

    bool goes_on(const ops::UnitCounts& counts, Monotonic now);
  };

  bool loops_turn();

  runtime::EventLoops& loops_;           // constant
  Counts database_;                      // constant
  std::deque<std::atomic<bool>> heard_;  // by a loop: what was posted last; guards itself
  bool is_posted_ = false;
  Turn reads_;
  Turn writes_;
};

}  // namespace rushline::app
