// A database that counts the units of work that pass through it, whatever it is made of.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/database.hpp"

namespace rushline::ops {

// Since the start, but the waiting ones.
struct UnitCounts {
  std::int64_t waiting = 0;  // submitted and not told yet
  std::int64_t done = 0;
  std::int64_t refused = 0;  // by a rule: nothing was wrong with the database
  std::int64_t failed = 0;   // the database was away, too slow or had too much to do
};

struct DatabaseCounts {
  UnitCounts reads;
  UnitCounts writes;
};

// Safe to call from any thread. The other database must outlive it.
class CountedDatabase final : public Database {
 public:
  explicit CountedDatabase(Database& counted) : counted_(counted) {}

  void submit_write(std::unique_ptr<UnitOfWork> unit) override;
  void submit_read(std::unique_ptr<UnitOfWork> unit) override;

  DatabaseCounts counts() const { return {reads_.read(), writes_.read()}; }

 private:
  struct Counters {
    std::atomic<std::int64_t> waiting = 0;
    std::atomic<std::int64_t> done = 0;
    std::atomic<std::int64_t> refused = 0;
    std::atomic<std::int64_t> failed = 0;

    UnitCounts read() const { return {waiting, done, refused, failed}; }
  };
  class CountedUnit;

  Database& counted_;  // constant
  Counters reads_;
  Counters writes_;
};

}  // namespace rushline::ops
