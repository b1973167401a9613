// Each unit that is let in travels in a shell that notes its end.
#include "ops/bounded_database.hpp"

#include <utility>

namespace rushline::ops {

class BoundedDatabase::TimelyUnit final : public UnitOfWork {
 public:
  TimelyUnit(std::unique_ptr<UnitOfWork> unit, Gate& gate, const Clock& clock, Monotonic now)
      : unit_(std::move(unit)),
        gate_(gate),
        clock_(clock),
        too_late_(now + limits::answer_time_max) {}

  Result<void> run(Transaction& transaction) override {
    // Only before the first attempt: afterwards, something may have been done.
    if (!was_begun_ && clock_.monotonic() >= too_late_) {
      is_left_undone_ = true;
      return fail(Errc::overloaded, "The database had too much to do. Ask again later.");
    }
    was_begun_ = true;
    return unit_->run(transaction);
  }

  void done(Result<void> outcome) noexcept override {
    gate_.end(clock_.monotonic(), is_left_undone_);
    unit_->done(std::move(outcome));
  }

 private:
  std::unique_ptr<UnitOfWork> unit_;  // constant
  Gate& gate_;                        // constant
  const Clock& clock_;                // constant
  Monotonic too_late_;                // constant
  bool was_begun_ = false;
  bool is_left_undone_ = false;
};

bool BoundedDatabase::Gate::begin(Monotonic now, std::chrono::nanoseconds& wait) {
  const std::scoped_lock lock(mutex_);
  if (limit_.has_room()) {
    limit_.begin(1, now);
    return true;
  }
  ++shed_;
  wait = limit_.expected_wait();
  return false;
}

void BoundedDatabase::Gate::end(Monotonic now, bool was_shed) {
  const std::scoped_lock lock(mutex_);
  limit_.end(1, now);
  if (was_shed) ++shed_;
}

BoundedCounts BoundedDatabase::Gate::counts() const {
  const std::scoped_lock lock(mutex_);
  return {.shed = shed_, .room = limit_.room()};
}

BoundedDatabase::BoundedDatabase(Database& bounded, const Clock& clock, const WorkBounds& bounds)
    : bounded_(bounded), clock_(clock), reads_(bounds), writes_(bounds) {}

std::unique_ptr<UnitOfWork> BoundedDatabase::let_in(std::unique_ptr<UnitOfWork> unit, Gate& gate) {
  const Monotonic now = clock_.monotonic();
  std::chrono::nanoseconds wait{};
  if (gate.begin(now, wait))
    return std::make_unique<TimelyUnit>(std::move(unit), gate, clock_, now);
  unit->done(fail(Errc::overloaded,
                  "More work waits for the database than can be done in time. Ask again later.",
                  wait));
  return nullptr;
}

void BoundedDatabase::submit_write(std::unique_ptr<UnitOfWork> unit) {
  if (auto timely = let_in(std::move(unit), writes_)) bounded_.submit_write(std::move(timely));
}

void BoundedDatabase::submit_read(std::unique_ptr<UnitOfWork> unit) {
  if (auto timely = let_in(std::move(unit), reads_)) bounded_.submit_read(std::move(timely));
}

}  // namespace rushline::ops
