// A transaction for tests of services, over fakes that live in memory.
//
// It has no undo of its own: run_unit() takes a copy of the fake's state first and puts it back
// when the unit fails, which is what a database does.
#pragma once

#include <utility>
#include <vector>

#include "core/database.hpp"

namespace rushline::tests {

class FakeTransaction final : public Transaction {
 public:
  explicit FakeTransaction(Timestamp now) : now_(now) {}

  Timestamp now() const override { return now_; }
  Result<void> nested(Callback<Result<void>()> work) override { return work(); }
  void after_commit(Callback<void()> hook) override { hooks_.push_back(std::move(hook)); }

  void commit() {
    for (auto& hook : hooks_) hook();
    hooks_.clear();
  }

 private:
  Timestamp now_;
  std::vector<Callback<void()>> hooks_;
};

// Runs `work(transaction)` as one unit of work over `state`: an error leaves `state` as it was.
template <class State, class Work>
auto run_unit(State& state, Timestamp now, Work work) {
  State before = state;
  FakeTransaction transaction(now);
  auto outcome = work(transaction);
  if (outcome.has_error()) {
    state = std::move(before);
  } else {
    transaction.commit();
  }
  return outcome;
}

}  // namespace rushline::tests
