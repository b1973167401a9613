// A PostgresDatabase with its threads, as one server has it; and the machine's own clocks.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/postgres/postgres_database.hpp"

namespace rushline::tests {

// Only runtime reads them in the program.
class RealClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

// Throws std::runtime_error when it does not open.
class RunningPostgres {
 public:
  RunningPostgres(const postgres::Address& address, const postgres::PoolSize& size,
                  const Clock& clock) {
    auto opened =
        postgres::PostgresDatabase::open(address, postgres::OpenMode::migrate, size, clock);
    if (opened.has_error()) throw std::runtime_error(opened.error().detail);
    database_ = std::move(*opened);
    for (auto& worker : database_->workers()) threads_.emplace_back(std::move(worker.body));
  }
  ~RunningPostgres() {
    database_->stop();
    for (std::thread& thread : threads_) thread.join();
  }
  RunningPostgres(const RunningPostgres&) = delete;
  RunningPostgres& operator=(const RunningPostgres&) = delete;

  postgres::PostgresDatabase& get() { return *database_; }
  postgres::PostgresDatabase* operator->() { return database_.get(); }

 private:
  std::unique_ptr<postgres::PostgresDatabase> database_;
  std::vector<std::thread> threads_;
};

}  // namespace rushline::tests
