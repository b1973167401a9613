// What becomes of a batch that a failing database did not settle, or for which it is too early: it
// waits, with its turn, and is settled again.
#include "coupons/admission_state.hpp"

namespace rushline::coupons {

// Nothing was settled, or nobody knows: a second time changes nothing, so the batch waits for it.
// Whoever has waited long enough is told 202 meanwhile.
void Admission::State::not_settled(const Desk& desk, Batch batch, const Error& error) {
  const bool may_heal = error.code == Errc::unavailable || error.code == Errc::timed_out;
  if (!may_heal || !desk->hold(batch, clock.monotonic(), bounds.direct_retry_time)) {
    return answer_all(desk, std::move(batch), error);
  }
  ++batches_held;
}

// Every flag of the old round runs out within limits::raise_delay.
void Admission::State::wait_for_round(const Desk& desk, Batch batch) {
  if (!desk->hold(batch, clock.monotonic(), limits::raise_delay)) {
    return answer_all(desk, std::move(batch),
                      fail(Errc::unavailable, "A new round is about to open."));
  }
  ++batches_held;
}

void Admission::State::try_held_batches(Monotonic now) {
  if (batches_held == 0) return;
  std::vector<Desk> all;
  desks.visit_all([&](const Desk& desk) { all.push_back(desk); });
  for (const Desk& desk : all) {
    Batch batch = desk->take_held(now);
    if (!batch) continue;
    --batches_held;
    ++retries;
    route(desk, std::move(batch));
  }
}

}  // namespace rushline::coupons
