// The Database port on one SQLite file: one writer that shares a commit among the units that wait,
// and readers on snapshots.
//
// Starts no thread: runtime's threads call run_writer() and run_reader(). While one commit runs,
// the next units collect; they then share the next fsync, each in its own savepoint, so that an
// error undoes one unit and not its neighbours.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/database.hpp"
#include "core/time.hpp"
#include "core/unit_queue.hpp"

namespace rushline::sqlite {

class Connection;

enum class OpenMode : std::uint8_t {
  migrate,   // makes the file when there is none and applies pending migrations
  existing,  // the file must be there, with the schema of this program
};

class SqliteDatabase final : public Database {
 public:
  // `readers`: 1 to limits::database_readers_max. `clock` must outlive the database.
  // Errc::configuration, Errc::unavailable, Errc::timed_out, Errc::corrupt, Errc::schema_too_new;
  // each with a sentence that says what to do.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path, OpenMode mode,
                                                      std::size_t readers, const Clock& clock);
  // No thread may be in run_writer() or run_reader(). Units that still wait are told
  // Errc::shutting_down.
  ~SqliteDatabase() override;

  void submit_write(std::unique_ptr<UnitOfWork> unit) override { writes_.submit(std::move(unit)); }
  void submit_read(std::unique_ptr<UnitOfWork> unit) override { reads_.submit(std::move(unit)); }

  // Runs units on the calling thread until stop() was called and nothing waits. One thread.
  void run_writer();
  // The same for reads; as many threads as there are readers, each call a reader of its own.
  void run_reader();

  // Any thread. Units queued before are still run and told; later ones get Errc::shutting_down.
  void stop();

  std::size_t readers() const { return readers_count_; }

 private:
  using Units = std::span<const std::unique_ptr<UnitOfWork>>;

  SqliteDatabase(std::unique_ptr<Connection> writer,
                 std::vector<std::unique_ptr<Connection>> readers, const Clock& clock);

  // Runs the first of `units` in one commit and tells them; how many they were.
  std::size_t commit_together(Units units);
  void read_one(Connection& connection, UnitOfWork& unit);

  const Clock& clock_;                  // constant
  const std::size_t readers_count_;     // constant
  UnitQueue writes_;                    // guards itself
  UnitQueue reads_;                     // guards itself
  std::unique_ptr<Connection> writer_;  // writer thread only
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;  // guarded by mutex_
};

}  // namespace rushline::sqlite
