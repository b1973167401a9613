// The database as clients may use it: what would not be done in time is refused at once.
//
// How much may wait follows from how fast it goes (core/work_limit.hpp), for reads and writes
// apart, so that lists of coupons can be read while orders pile up. The server's own work
// (settling, folding, expiring, health) does not come this way: it is bounded by itself and must go
// on.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "core/database.hpp"
#include "core/limits.hpp"
#include "core/work_limit.hpp"

namespace rushline::ops {

// Of one kind of work.
struct BoundedCounts {
  std::int64_t shed = 0;  // since the start: refused at once, or left undone because too late
  std::int64_t room = 0;  // that may wait now
};

// Safe to call from any thread. The other database must outlive it.
//
// Refused units end with Errc::overloaded and how long what waits will take. So do units that
// nobody waits for any more when their turn comes (limits::answer_time_max): they are not run.
class BoundedDatabase final : public Database {
 public:
  BoundedDatabase(Database& bounded, const Clock& clock,
                  const WorkBounds& bounds = {
                      .wait_max = limits::database_wait_max,
                      .waiting_min = limits::database_waiting_min,
                      .waiting_first = limits::waiting_first,
                      .waiting_max = std::int64_t{limits::database_write_queue_max}});

  void submit_write(std::unique_ptr<UnitOfWork> unit) override;
  void submit_read(std::unique_ptr<UnitOfWork> unit) override;

  BoundedCounts reads() const { return reads_.counts(); }
  BoundedCounts writes() const { return writes_.counts(); }

 private:
  // One kind of work.
  class Gate {
   public:
    explicit Gate(const WorkBounds& bounds) : limit_(bounds) {}

    // False: no room; then `wait` is how long what waits takes.
    bool begin(Monotonic now, std::chrono::nanoseconds& wait);
    void end(Monotonic now, bool was_shed);
    BoundedCounts counts() const;

   private:
    mutable std::mutex mutex_;
    WorkLimit limit_;        // guarded by mutex_
    std::int64_t shed_ = 0;  // guarded by mutex_
  };
  class TimelyUnit;

  // Null when it was refused, and told so.
  std::unique_ptr<UnitOfWork> let_in(std::unique_ptr<UnitOfWork> unit, Gate& gate);

  Database& bounded_;   // constant
  const Clock& clock_;  // constant
  Gate reads_;
  Gate writes_;
};

}  // namespace rushline::ops
