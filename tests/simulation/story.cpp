// Adds every line to the hash (FNV-1a: it tells runs apart and guards against nobody).
#include "tests/simulation/story.hpp"

namespace rushline::tests {

void Story::add_line() {
  for (const char c : line_) {
    hash_ ^= static_cast<unsigned char>(c);
    hash_ *= 0x100000001b3;
  }
  ++happenings_;
  if (telling_ == Telling::lines) lines_.push_back(line_);
}

void Story::injected(std::string_view fault) {
  add("FAULT {}", fault);
  const auto at = faults_.find(fault);
  if (at == faults_.end()) {
    faults_.emplace(fault, 1);
  } else {
    ++at->second;
  }
}

void Story::broken(std::string promise, std::string how) {
  add("BROKEN {}: {}", promise, how);
  broken_.push_back({std::move(promise), std::move(how)});
}

}  // namespace rushline::tests
