// The Database port on PostgreSQL: a bounded number of threads, each with a session of its own.
//
// Starts no thread: runtime's threads call run_writer() and run_reader(). A unit of work is one
// transaction: READ COMMITTED for writes, whose locks make the decisions; one snapshot of the
// primary for reads. A session that is lost is opened again, with growing pauses; meanwhile units
// are refused at once, because whoever waits for them can ask again.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/postgres/address.hpp"
#include "adapters/postgres/postgres_transaction.hpp"
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
  // No thread may be in run_writer() or run_reader(). Units that still wait are told
  // Errc::shutting_down.
  ~PostgresDatabase() override;

  void submit_write(std::unique_ptr<UnitOfWork> unit) override { writes_.submit(std::move(unit)); }
  void submit_read(std::unique_ptr<UnitOfWork> unit) override { reads_.submit(std::move(unit)); }

  // Runs units on the calling thread until stop() was called and nothing waits. As many threads as
  // there are writers and readers.
  void run_writer() { run_worker(writes_, Kind::write); }
  void run_reader() { run_worker(reads_, Kind::read); }

  // Any thread. Units queued before are still run and told; later ones get Errc::shutting_down.
  void stop();

  const PoolSize& size() const { return size_; }

 private:
  class Session;

  PostgresDatabase(const Address& address, const PoolSize& size, const Clock& clock);

  void run_worker(UnitQueue& queue, Kind kind);
  void run_unit(Session& session, UnitOfWork& unit, Kind kind);
  // Waits, but not for longer than until stop().
  void pause(std::chrono::milliseconds time);

  const Address address_;  // constant
  const PoolSize size_;    // constant
  const Clock& clock_;     // constant
  UnitQueue writes_;       // guards itself
  UnitQueue reads_;        // guards itself
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
};

}  // namespace rushline::postgres
