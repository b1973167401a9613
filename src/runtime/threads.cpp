// How a thread gets its name, and how many processors there are to share.
#include "runtime/threads.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

#include "core/assert.hpp"

namespace rushline::runtime {
namespace {

constexpr std::size_t name_length_max = 15;  // Linux keeps no more

}  // namespace

void Threads::start(std::string_view name, Callback<void()> body) {
  std::string shown(name.substr(0, name_length_max));
  // noexcept: what escapes a thread is a bug and ends the process where it happened.
  threads_.emplace_back([shown = std::move(shown), body = std::move(body)]() mutable noexcept {
    ::pthread_setname_np(::pthread_self(), shown.c_str());
    body();
  });
}

void Threads::join() {
  for (std::thread& thread : threads_) {
    RUSHLINE_ASSERT(thread.get_id() != std::this_thread::get_id());
    thread.join();
  }
  threads_.clear();
}

std::size_t processor_count() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace rushline::runtime
