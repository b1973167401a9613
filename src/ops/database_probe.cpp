// One question at a time, and how long it has gone unanswered.
#include "ops/database_probe.hpp"

#include <atomic>

#include "core/watch_limits.hpp"

namespace rushline::ops {
namespace {

// Errors by which this server refuses the question itself.
bool tells_nothing(Errc code) { return code == Errc::overloaded || code == Errc::shutting_down; }

}  // namespace

struct DatabaseProbe::State {
  std::atomic<bool> is_good = true;  // the last answer
  std::atomic<bool> is_asked = false;
  std::atomic<Monotonic> asked_at{Monotonic{}};
};

DatabaseProbe::DatabaseProbe(Database& database, ranking::SalesStore& sales, const Clock& clock)
    : database_(database), sales_(sales), clock_(clock), state_(std::make_shared<State>()) {}

DatabaseProbe::~DatabaseProbe() = default;

void DatabaseProbe::ask() {
  if (state_->is_asked) return;
  state_->asked_at = clock_.monotonic();
  state_->is_asked = true;
  database_.read(
      [&sales = sales_](Transaction& transaction) { return sales.record_state(transaction); },
      [state = state_](const Result<ranking::RecordState>& answer) {
        if (answer.has_value()) {
          state->is_good = true;
        } else if (!tells_nothing(answer.error().code)) {
          state->is_good = false;
        }
        state->is_asked = false;
      });
}

bool DatabaseProbe::is_up() const {
  if (!state_->is_good) return false;
  if (!state_->is_asked) return true;
  // Read after is_asked, before which it is set: never the moment of the question before.
  return clock_.monotonic() - state_->asked_at.load() <= limits::database_probe_time_max;
}

}  // namespace rushline::ops
