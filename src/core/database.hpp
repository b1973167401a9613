// The database as units of work: the port through which one commit spans domains.
//
// A unit of work is straight-line code that runs on a database thread inside a transaction and
// calls the stores of any domain with that transaction. Its result is told only after the commit.
// So an order, its coupon and its outbox rows are one commit, and no event loop ever waits for a
// disk. Implemented by adapters/sqlite (one writer thread that puts the waiting units into one
// commit); what every implementation must do can be run: tests/contract/database_contract.hpp.
#pragma once

#include <concepts>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/assert.hpp"
#include "core/callback.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace rushline {

// One transaction, as the domains see it. Used by one thread, only while its unit runs.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Database time: the same throughout the transaction, the same clock for every server.
  virtual Timestamp now() const = 0;

  // Runs `work`. When it returns an error, what it wrote is undone and the transaction goes on.
  virtual Result<void> nested(Callback<Result<void>()> work) = 0;

  // Called on the database thread once the transaction has committed, before the unit's result is
  // told; dropped when it does not. Must be short and must not block.
  virtual void after_commit(Callback<void()> hook) = 0;
};

// A piece of work for a database thread. Use Database::write and Database::read.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;

  // An error rolls back everything this unit wrote. May be called again after a failed attempt
  // (a lost connection, a serialization failure), so it must not have effects outside
  // `transaction`.
  virtual Result<void> run(Transaction& transaction) = 0;

  // Called exactly once, on a database thread, when the outcome is known: success after the commit;
  // or the error of run(), or of the commit (Errc::unavailable, Errc::timed_out: then whether it
  // was committed is unknown), or Errc::overloaded or Errc::shutting_down when it was never run.
  virtual void done(Result<void> outcome) noexcept = 0;
};

// Safe to call from any thread.
class Database {
 public:
  virtual ~Database() = default;

  // Takes the unit into the writer's queue; never blocks. With a full queue, or once stopping,
  // done() is called at once on the calling thread.
  virtual void submit_write(std::unique_ptr<UnitOfWork> unit) = 0;

  // The same on a reader: a consistent snapshot that holds every commit told before the call.
  virtual void submit_read(std::unique_ptr<UnitOfWork> unit) = 0;

  // `run`: Result<T>(Transaction&). `done`: void(Result<T>), on a database thread, after the
  // commit.
  template <class Run, class Done>
  void write(Run run, Done done) {
    submit_write(unit(std::move(run), std::move(done)));
  }
  template <class Run, class Done>
  void read(Run run, Done done) {
    submit_read(unit(std::move(run), std::move(done)));
  }

  // For threads that may block (command-line verbs, start-up, background threads): never from an
  // event loop, never from a database thread.
  template <class Run>
  auto write_and_wait(Run run) {
    return wait_for(run, [this](auto unit) { submit_write(std::move(unit)); });
  }
  template <class Run>
  auto read_and_wait(Run run) {
    return wait_for(run, [this](auto unit) { submit_read(std::move(unit)); });
  }

 private:
  template <class Run>
  using ResultOf = std::invoke_result_t<Run&, Transaction&>;

  template <class Run, class Done>
  class Unit final : public UnitOfWork {
   public:
    Unit(Run run, Done done) : run_(std::move(run)), done_(std::move(done)) {}

    Result<void> run(Transaction& transaction) override {
      outcome_.emplace(run_(transaction));
      if (outcome_->has_error()) return outcome_->error();
      return {};
    }

    void done(Result<void> outcome) noexcept override {
      if (outcome.has_error()) {
        done_(ResultOf<Run>(std::move(outcome).error()));
        return;
      }
      RUSHLINE_ASSERT(outcome_.has_value());
      done_(std::move(*outcome_));
    }

   private:
    Run run_;
    Done done_;
    std::optional<ResultOf<Run>> outcome_;
  };

  template <class Run, class Done>
  static std::unique_ptr<UnitOfWork> unit(Run run, Done done) {
    return std::make_unique<Unit<Run, Done>>(std::move(run), std::move(done));
  }

  template <class Run, class Submit>
  static ResultOf<Run> wait_for(Run& run, Submit submit) {
    std::promise<ResultOf<Run>> promise;
    auto future = promise.get_future();
    submit(unit(std::move(run),
                [&promise](ResultOf<Run> outcome) { promise.set_value(std::move(outcome)); }));
    return future.get();
  }
};

}  // namespace rushline
