// A background thread for periodic jobs: the ranking's follower, the expiry of unpaid orders, the
// forgetting of old idempotency keys.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/callback.hpp"
#include "runtime/threads.hpp"

namespace rushline::runtime {

// Runs jobs one after the other, so that a job never runs beside itself. Jobs that may wait for
// each other, or must not wait, belong into two of these. Used by one thread, but for the wakes.
class Housekeeping {
 public:
  struct Job {
    std::string name;
    std::chrono::milliseconds interval;     // from the end of a run to the next
    std::chrono::milliseconds pause_min{};  // the same when woken: many wakes become one run
    Callback<void()> work;                  // may block; deals with its own errors
  };

  // Asks for a run of one job before its interval is over. Safe from any thread, never waits for a
  // job, cheap when it is asked for already; harmless after the end. Copyable.
  // Holds the state by shared_ptr, because hooks of a last commit may still hold a wake.
  class Wake {
   public:
    void operator()() const;

   private:
    friend class Housekeeping;
    struct Shared;
    Wake(std::shared_ptr<Shared> shared, std::size_t index)
        : shared_(std::move(shared)), index_(index) {}

    std::shared_ptr<Shared> shared_;  // constant; guards itself
    std::size_t index_;               // constant
  };

  Housekeeping();
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;
  // Stops.
  ~Housekeeping();

  // Before start().
  Wake add(Job job);

  // Runs every job once at once, then each at its interval. Once.
  void start(std::string_view thread_name);

  // Lets the job in hand finish, begins no other, and joins. Harmless when repeated; not from a
  // job.
  void stop();

 private:
  struct Entry;
  void run();
  Entry* next_ready(std::chrono::steady_clock::time_point now);
  std::chrono::steady_clock::time_point next_time() const;

  std::shared_ptr<Wake::Shared> shared_;         // constant; guards itself
  std::vector<std::unique_ptr<Entry>> entries_;  // constant after start(); the thread's own
  std::size_t turn_ = 0;                         // the thread's own
  Threads threads_;                              // used by the owner
};

}  // namespace rushline::runtime
