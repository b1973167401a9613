// Each unit travels in a shell that notes how it ended.
#include "ops/counted_database.hpp"

#include <utility>

namespace rushline::ops {
namespace {

bool is_failure(Errc code) {
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::corrupt;
}

bool is_turned_away(Errc code) { return code == Errc::overloaded || code == Errc::shutting_down; }

}  // namespace

class CountedDatabase::CountedUnit final : public UnitOfWork {
 public:
  CountedUnit(std::unique_ptr<UnitOfWork> unit, Counters& counters, const Clock& clock)
      : unit_(std::move(unit)), counters_(counters), clock_(clock), submitted_(clock.monotonic()) {
    ++counters_.waiting;
  }

  Result<void> run(Transaction& transaction) override {
    if (!begun_) {
      begun_ = clock_.monotonic();
      counters_.wait.record(*begun_ - submitted_);
    }
    return unit_->run(transaction);
  }

  void done(Result<void> outcome) noexcept override {
    const Monotonic now = clock_.monotonic();
    if (begun_) counters_.work.record(now - *begun_);
    --counters_.waiting;
    if (outcome.has_value()) {
      ++counters_.done;
    } else if (is_failure(outcome.error().code)) {
      ++counters_.failed;
      counters_.failed_at = now;
    } else if (is_turned_away(outcome.error().code)) {
      ++counters_.turned_away;
    } else {
      ++counters_.refused;
    }
    unit_->done(std::move(outcome));
  }

 private:
  std::unique_ptr<UnitOfWork> unit_;  // constant
  Counters& counters_;                // constant
  const Clock& clock_;                // constant
  const Monotonic submitted_;
  std::optional<Monotonic> begun_;  // the first time; nothing when it was never run
};

UnitCounts CountedDatabase::Counters::read() const {
  UnitCounts counts{.waiting = waiting,
                    .done = done,
                    .refused = refused,
                    .failed = failed,
                    .turned_away = turned_away};
  if (const Monotonic at = failed_at; at != Monotonic{}) counts.failed_at = at;
  counts.wait = wait.read();
  counts.work = work.read();
  return counts;
}

void CountedDatabase::submit_write(std::unique_ptr<UnitOfWork> unit) {
  counted_.submit_write(std::make_unique<CountedUnit>(std::move(unit), writes_, clock_));
}

void CountedDatabase::submit_read(std::unique_ptr<UnitOfWork> unit) {
  counted_.submit_read(std::make_unique<CountedUnit>(std::move(unit), reads_, clock_));
}

}  // namespace rushline::ops
