// Starting and ending the event loops.
#include "runtime/event_loops.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"

namespace rushline::runtime {

EventLoops::EventLoops(std::size_t count) {
  RUSHLINE_ASSERT(count >= 1);
  loops_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>());
}

EventLoops::~EventLoops() { stop(); }

void EventLoops::start() {
  RUSHLINE_ASSERT(threads_.size() == 0);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    threads_.start(fmt::format("loop-{}", i), [&loop = *loops_[i]] { loop.context.run(); });
  }
}

void EventLoops::stop() {
  for (const auto& loop : loops_) loop->context.stop();
  threads_.join();
}

}  // namespace rushline::runtime
