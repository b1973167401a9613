// The Database port on PostgreSQL: a bounded number of threads, each with a session of its own.
//
// Starts no thread: runtime's threads run its workers(). A unit of work is one transaction: READ
// COMMITTED for writes, whose locks make the decisions; one snapshot of the primary for reads. A
// session that is lost is opened again, with growing pauses; meanwhile units are refused at once,
// because whoever waits for them can ask again. A unit that meets a row which somebody else holds
// leaves its thread to others and is tried again by one that is patient. What a unit read or wrote
// is told only when it is known to be kept (primary.hpp).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/postgres/address.hpp"
#include "adapters/postgres/postgres_transaction.hpp"
#include "adapters/postgres/primary.hpp"
#include "adapters/postgres/stuck_units.hpp"
#include "core/callback.hpp"
#include "core/database.hpp"
#include "core/time.hpp"
#include "core/unit_queue.hpp"

namespace rushline::postgres {

enum class OpenMode : std::uint8_t {
  migrate,   // applies pending migrations
  existing,  // the schema must be this program's
};

struct PoolSize {
  std::size_t writers = 1;  // 1 to limits::database_writers_max
  std::size_t readers = 1;  // 1 to limits::database_readers_max
};

class PostgresDatabase final : public Database {
 public:
  // Connects once, to migrate or to look at the schema. `clock` must outlive the database.
  // Errc::configuration, Errc::unavailable, Errc::timed_out, Errc::corrupt, Errc::schema_too_new;
  // each with a sentence that says what to do.
  static Result<std::unique_ptr<PostgresDatabase>> open(const Address& address, OpenMode mode,
                                                        const PoolSize& size, const Clock& clock);
  // No worker may run. Units that still wait are told Errc::shutting_down.
  ~PostgresDatabase() override;

  void submit_write(std::unique_ptr<UnitOfWork> unit) override { writes_.submit(std::move(unit)); }
  void submit_read(std::unique_ptr<UnitOfWork> unit) override { reads_.submit(std::move(unit)); }

  // What runs the units, each on a thread of its own and with a session of its own, until stop()
  // was called and nothing waits: the readers, the writers, and one for held rows. Ask once.
  struct Worker {
    std::string name;
    Callback<void()> body;
  };
  std::vector<Worker> workers();

  // Any thread. Units queued before are still run and told; later ones get Errc::shutting_down.
  void stop();

  // Units that wait for a row which somebody else holds.
  std::int64_t stuck() const { return stuck_count_; }
  PrimaryState primary() const { return primary_.state(clock_.monotonic()); }

 private:
  struct Work;

  PostgresDatabase(const Address& address, const PoolSize& size, const Clock& clock);

  void run_worker(UnitQueue& queue, Kind kind);
  void run_patient();
  void run_unit(Session& session, Work& work);
  bool leave_stuck(Work& work);
  void tell(Work& work, Result<void> outcome);
  // Waits, but not for longer than until stop().
  void pause(std::chrono::milliseconds time);

  const Address address_;  // constant
  const PoolSize size_;    // constant
  const Clock& clock_;     // constant
  Primary primary_;        // guards itself
  UnitQueue writes_;       // guards itself
  UnitQueue reads_;        // guards itself
  StuckUnits stuck_;       // guards itself
  std::atomic<std::int64_t> stuck_count_ = 0;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
};

}  // namespace rushline::postgres
