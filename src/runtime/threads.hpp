// Named threads that are joined: the only place that starts any.
#pragma once

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/callback.hpp"

namespace rushline::runtime {

// A group of threads that end together. It does not tell them to end: whoever owns what they run
// does (stop the loops, close the queue), then joins. Used by one thread.
class Threads {
 public:
  Threads() = default;
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  // Joins.
  ~Threads() { join(); }

  // Runs `body` once on a thread of its own. `name` (at most 15 characters are shown) is what `top
  // -H` and a debugger call it. Throws std::system_error when the machine gives no more threads.
  void start(std::string_view name, Callback<void()> body);

  // Waits until every body has returned. Harmless when repeated; not from one of the threads.
  void join();

  std::size_t size() const { return threads_.size(); }

 private:
  std::vector<std::thread> threads_;
};

// Processors that this process may use, at least 1.
std::size_t processor_count();

}  // namespace rushline::runtime
