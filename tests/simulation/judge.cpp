// Asks both halves of the checker: what was told, and what is stored.
#include "tests/simulation/judge.hpp"

#include "verify/event_checks.hpp"
#include "verify/history_checks.hpp"

namespace rushline::tests {
namespace {

void tell_findings(const std::vector<verify::Check>& checks, Story& story) {
  for (const verify::Check& check : checks) {
    for (const std::string& finding : check.findings) story.broken(check.promise, finding);
  }
}

}  // namespace

void judge_by_checker(const verify::History& history, const verify::AtRest& rest, Story& story) {
  verify::HistoryBounds bounds;
  bounds.clock_error = std::chrono::microseconds{0};
  tell_findings(verify::check_history(history, rest, bounds), story);

  std::vector<coupons::CouponEvent> events;
  for (const verify::EventRecord& record : rest.events) events.push_back(record.event);
  verify::EventChecks stored(events, std::nullopt);
  for (const verify::EventRecord& record : rest.events) {
    for (const coupons::Coupon& coupon : record.coupons) stored.see(coupon);
  }
  if (!events.empty()) tell_findings(stored.finish(), story);
}

}  // namespace rushline::tests
