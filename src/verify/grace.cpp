// Joins excuses that touch each other; see grace.hpp.
#include "verify/grace.hpp"

#include <algorithm>

#include "verify/operations.hpp"

namespace rushline::verify {
namespace {

std::int64_t after(std::int64_t us, std::int64_t more_us) {
  return us > never_us - more_us ? never_us : us + more_us;
}

}  // namespace

Grace::Grace(std::int64_t bound_us, std::vector<Excuse> excuses) : bound_us_(bound_us) {
  std::sort(excuses.begin(), excuses.end(),
            [](const Excuse& a, const Excuse& b) { return a.begin_us < b.begin_us; });
  for (const Excuse& excuse : excuses) {
    const std::int64_t well_us = after(excuse.end_us, excuse.grace_us);
    if (!blocks_.empty() && excuse.begin_us <= blocks_.back().well_us) {
      blocks_.back().well_us = std::max(blocks_.back().well_us, well_us);
    } else {
      blocks_.push_back({excuse.begin_us, well_us});
    }
  }
}

std::int64_t Grace::deadline_us(std::int64_t asked_us) const {
  const std::int64_t due_us = after(asked_us, bound_us_);
  // The last block that began before the request was due.
  const auto next =
      std::upper_bound(blocks_.begin(), blocks_.end(), due_us,
                       [](std::int64_t us, const Block& block) { return us < block.begin_us; });
  if (next == blocks_.begin()) return due_us;
  return std::max(due_us, std::prev(next)->well_us);
}

bool Grace::is_calm(std::int64_t from_us, std::int64_t until_us) const {
  const auto next =
      std::upper_bound(blocks_.begin(), blocks_.end(), until_us,
                       [](std::int64_t us, const Block& block) { return us < block.begin_us; });
  return next == blocks_.begin() || std::prev(next)->well_us < from_us;
}

}  // namespace rushline::verify
