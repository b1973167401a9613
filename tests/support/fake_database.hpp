// A Database without a disk: runs units of work when a test says so, one commit at a time.
//
// It has the manners of the real one that its users must be ready for: units wait in queues,
// several share one commit, a commit may fail after its units ran, a full queue refuses on the
// calling thread. What fakes keep in memory is put back when a unit fails (`undoes`).
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/database.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::tests {

// Safe to call from any thread.
class FakeDatabase final : public Database {
 public:
  enum class Mode {
    at_once,    // a unit runs on the thread that submits it
    on_demand,  // a unit waits for run_*()
  };

  explicit FakeDatabase(const Clock& clock, Mode mode = Mode::at_once)
      : clock_(clock), mode_(mode) {}

  // From now on a unit that fails leaves `state` as it was; copies it before every unit.
  template <class State>
  void undoes(State& state) {
    snapshots_.push_back(
        [&state] { return std::function<void()>([&state, before = state] { state = before; }); });
  }

  void submit_write(std::unique_ptr<UnitOfWork> unit) override { submit(writes_, std::move(unit)); }
  void submit_read(std::unique_ptr<UnitOfWork> unit) override { submit(reads_, std::move(unit)); }

  // Runs the units that wait, at most `count_max` of them, in one commit; how many it were.
  std::size_t run_writes(std::size_t count_max = 1) {
    const std::size_t count = run(writes_, count_max);
    if (count > 0) ++commits_;
    return count;
  }
  std::size_t run_reads(std::size_t count_max = 1) { return run(reads_, count_max); }
  // Until nothing waits any more.
  void run_all() {
    while (run_writes() + run_reads() > 0) {
    }
  }

  // Runs the first write that waits in a commit of its own; the function that is returned tells its
  // outcome.
  std::function<void()> run_write_and_tell_later() {
    Queue units = take(writes_, 1);
    auto ran = std::make_shared<std::vector<Ran>>();
    run_commit(units, *ran);
    return [ran] {
      for (Ran& each : *ran) each.unit->done(each.outcome);
    };
  }
  // Runs the first read that waits; the function that is returned tells its outcome.
  std::function<void()> run_read_and_tell_later() {
    std::shared_ptr<UnitOfWork> unit = std::move(take(reads_, 1).at(0));
    const std::scoped_lock one_at_a_time(data_mutex_);
    FakeTransaction transaction(clock_.now());
    auto outcome = std::make_shared<Result<void>>(run_unit(*unit, transaction));
    return [unit, outcome] { unit->done(*outcome); };
  }

  // Waits until a unit was submitted, then runs what waits. False once stop() was called and
  // nothing waits.
  bool wait_and_run(std::size_t count_max) {
    {
      std::unique_lock lock(mutex_);
      submitted_.wait(lock, [&] { return stopping_ || !writes_.empty() || !reads_.empty(); });
      if (writes_.empty() && reads_.empty()) return false;
    }
    run_writes(count_max);
    run_reads(count_max);
    return true;
  }
  void stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    submitted_.notify_all();
  }

  // The next commit fails with this after its units ran.
  void fail_next_commit(Errc code) {
    const std::scoped_lock lock(mutex_);
    next_commit_ = code;
  }
  // The next commit is carried out, but its outcome is not heard of.
  void lose_next_commit() {
    const std::scoped_lock lock(mutex_);
    next_commit_is_lost_ = true;
  }
  // Tells those that wait that they were never run.
  void give_up_waiting(Errc code) {
    for (Queue* queue : {&writes_, &reads_}) {
      for (auto& unit : take(*queue, std::numeric_limits<std::size_t>::max())) {
        unit->done(fail(code, "The fake database is gone."));
      }
    }
  }
  // From now on units are refused with this, on the thread that submits them; nothing = taken
  // again.
  void refuse(std::optional<Errc> code) {
    const std::scoped_lock lock(mutex_);
    refusal_ = code;
  }

  // How many refusals were at most told inside one another: 1 where being refused does not make the
  // stack grow.
  int refusal_depth() const {
    const std::scoped_lock lock(mutex_);
    return refusal_depth_;
  }

  // How many commits there were, of one unit of work or several.
  int commits() const { return commits_; }

  std::size_t writes_waiting() const {
    const std::scoped_lock lock(mutex_);
    return writes_.size();
  }
  std::size_t reads_waiting() const {
    const std::scoped_lock lock(mutex_);
    return reads_.size();
  }

 private:
  using Queue = std::deque<std::unique_ptr<UnitOfWork>>;
  struct Ran {
    std::unique_ptr<UnitOfWork> unit;
    FakeTransaction transaction;
    Result<void> outcome;
  };

  void submit(Queue& queue, std::unique_ptr<UnitOfWork> unit) {
    static thread_local int depth = 0;  // of refusals that are being told
    std::optional<Errc> refusal;
    {
      const std::scoped_lock lock(mutex_);
      refusal = refusal_;
      if (refusal) {
        refusal_depth_ = std::max(refusal_depth_, depth + 1);
      } else {
        queue.push_back(std::move(unit));
        submitted_.notify_all();
      }
    }
    if (refusal) {
      ++depth;
      unit->done(fail(*refusal, "The fake database refuses."));
      --depth;
    } else if (mode_ == Mode::at_once) {
      &queue == &writes_ ? run_writes() : run_reads();
    }
  }

  Queue take(Queue& queue, std::size_t count_max) {
    const std::scoped_lock lock(mutex_);
    Queue taken;
    while (!queue.empty() && taken.size() < count_max) {
      taken.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    return taken;
  }

  std::size_t run(Queue& queue, std::size_t count_max) {
    Queue units = take(queue, count_max);
    if (units.empty()) return 0;
    std::vector<Ran> ran;
    run_commit(units, ran);
    for (Ran& each : ran) each.unit->done(each.outcome);
    return ran.size();
  }

  void run_commit(Queue& units, std::vector<Ran>& ran) {
    const std::scoped_lock one_at_a_time(data_mutex_);
    const auto undo_all = snapshot();
    for (auto& unit : units) {
      FakeTransaction transaction(clock_.now());
      const auto undo = snapshot();
      Result<void> outcome = run_unit(*unit, transaction);
      if (outcome.has_error()) put_back(undo);
      ran.push_back({std::move(unit), std::move(transaction), std::move(outcome)});
    }
    if (const auto failure = commit_failure()) {
      put_back(undo_all);
      for (Ran& each : ran) each.outcome = fail(*failure, "The fake commit fails.");
    }
    const bool is_lost = commit_is_lost();
    for (Ran& each : ran) {
      if (each.outcome.has_error()) continue;
      if (is_lost) {
        each.outcome = fail(Errc::timed_out, "The answer to the fake commit is lost.");
      } else {
        each.transaction.commit();
      }
    }
  }

  std::optional<Errc> commit_failure() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(next_commit_, std::nullopt);
  }

  bool commit_is_lost() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(next_commit_is_lost_, false);
  }

  static Result<void> run_unit(UnitOfWork& unit, Transaction& transaction) {
    return unit.run(transaction);
  }

  std::vector<std::function<void()>> snapshot() const {
    std::vector<std::function<void()>> undo;
    for (const auto& take_snapshot : snapshots_) undo.push_back(take_snapshot());
    return undo;
  }
  static void put_back(const std::vector<std::function<void()>>& undo) {
    for (const auto& each : undo) each();
  }

  const Clock& clock_;  // constant
  const Mode mode_;
  std::vector<std::function<std::function<void()>()>> snapshots_;  // constant once units run

  std::mutex data_mutex_;  // held while units run: the fakes behind them need no lock
  mutable std::mutex mutex_;
  std::condition_variable submitted_;
  Queue writes_;                      // guarded by mutex_
  Queue reads_;                       // guarded by mutex_
  std::optional<Errc> refusal_;       // guarded by mutex_
  std::optional<Errc> next_commit_;   // guarded by mutex_
  bool next_commit_is_lost_ = false;  // guarded by mutex_
  bool stopping_ = false;             // guarded by mutex_
  int refusal_depth_ = 0;             // guarded by mutex_
  std::atomic<int> commits_ = 0;
};

}  // namespace rushline::tests
