// Each unit travels in a shell that notes how it ended.
#include "ops/counted_database.hpp"

#include <utility>

namespace rushline::ops {
namespace {

bool is_failure(Errc code) {
  switch (code) {
    case Errc::overloaded:
    case Errc::unavailable:
    case Errc::timed_out:
    case Errc::shutting_down:
    case Errc::corrupt:
      return true;
    default:
      return false;
  }
}

}  // namespace

class CountedDatabase::CountedUnit final : public UnitOfWork {
 public:
  CountedUnit(std::unique_ptr<UnitOfWork> unit, Counters& counters)
      : unit_(std::move(unit)), counters_(counters) {
    ++counters_.waiting;
  }

  Result<void> run(Transaction& transaction) override { return unit_->run(transaction); }

  void done(Result<void> outcome) noexcept override {
    --counters_.waiting;
    if (outcome.has_value()) {
      ++counters_.done;
    } else {
      ++(is_failure(outcome.error().code) ? counters_.failed : counters_.refused);
    }
    unit_->done(std::move(outcome));
  }

 private:
  std::unique_ptr<UnitOfWork> unit_;  // constant
  Counters& counters_;                // constant
};

void CountedDatabase::submit_write(std::unique_ptr<UnitOfWork> unit) {
  counted_.submit_write(std::make_unique<CountedUnit>(std::move(unit), writes_));
}

void CountedDatabase::submit_read(std::unique_ptr<UnitOfWork> unit) {
  counted_.submit_read(std::make_unique<CountedUnit>(std::move(unit), reads_));
}

}  // namespace rushline::ops
