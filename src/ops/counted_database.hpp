// A database that counts and times the units of work that pass through it, whatever it is made of.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/database.hpp"
#include "core/histogram.hpp"
#include "core/time.hpp"

namespace rushline::ops {

// Since the start, but the waiting ones.
struct UnitCounts {
  std::int64_t waiting = 0;  // submitted and not told yet
  std::int64_t done = 0;
  std::int64_t refused = 0;      // by a rule: nothing was wrong with the database
  std::int64_t failed = 0;       // the database was away or too slow
  std::int64_t turned_away = 0;  // too many waited, or the server stops
  std::optional<Monotonic> failed_at = std::nullopt;  // the last time
  DurationTally wait = {};  // from submitting until a database thread began it
  DurationTally work = {};  // from there until it was told, its commit included
};

struct DatabaseCounts {
  UnitCounts reads;
  UnitCounts writes;
};

// Safe to call from any thread. The other database and the clock must outlive it.
class CountedDatabase final : public Database {
 public:
  CountedDatabase(Database& counted, const Clock& clock) : counted_(counted), clock_(clock) {}

  void submit_write(std::unique_ptr<UnitOfWork> unit) override;
  void submit_read(std::unique_ptr<UnitOfWork> unit) override;

  DatabaseCounts counts() const { return {reads_.read(), writes_.read()}; }

 private:
  struct Counters {
    std::atomic<std::int64_t> waiting = 0;
    std::atomic<std::int64_t> done = 0;
    std::atomic<std::int64_t> refused = 0;
    std::atomic<std::int64_t> failed = 0;
    std::atomic<std::int64_t> turned_away = 0;
    std::atomic<Monotonic> failed_at{Monotonic{}};  // Monotonic{}: never
    DurationHistogram wait;
    DurationHistogram work;

    UnitCounts read() const;
  };
  class CountedUnit;

  Database& counted_;   // constant
  const Clock& clock_;  // constant
  Counters reads_;
  Counters writes_;
};

}  // namespace rushline::ops
