// The watchdog's job has a thread of its own: it must not wait for what it watches.
#include "app/supervision.hpp"

namespace rushline::app {

Supervision::Supervision(runtime::EventLoops& loops, const ops::CountedDatabase& database,
                         const Clock& clock, runtime::Log& log)
    : pulse_(loops, [&database] { return database.counts(); }), clock_(clock), log_(log) {}

void Supervision::ready(std::string_view status) {
  warn(supervisor_.ready(status));
  if (supervisor_.watchdog_time().count() == 0) return;
  const auto interval =
      std::chrono::duration_cast<std::chrono::milliseconds>(supervisor_.watchdog_time() / 2);
  jobs_.add({"watchdog", interval, {}, [this] { look(); }});
  jobs_.start("watchdog");
}

void Supervision::stopping() { warn(supervisor_.stopping("draining")); }

void Supervision::look() {
  if (!pulse_.beats(clock_.monotonic())) {
    return log_.error("a thread stands still; the service manager is not told that all is well");
  }
  const auto told = supervisor_.alive();
  if (told.has_error() && can_tell_) warn(told);
  can_tell_ = told.has_value();
}

void Supervision::warn(const Result<void>& told) {
  if (told.has_value()) return;
  log_.warning("no word to the service manager", {{"error", told.error().detail}});
}

}  // namespace rushline::app
