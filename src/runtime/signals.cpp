// A handler may do next to nothing: it notes the signal and writes to an eventfd that a thread
// reads.
#include "runtime/signals.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "core/assert.hpp"

namespace rushline::runtime {
namespace {

constexpr std::array<int, 2> end_signals = {SIGTERM, SIGINT};

// What a handler can reach is global. Set by EndSignals, of which there is one at a time.
std::atomic<int> event = -1;          // the eventfd; -1 = no EndSignals lives
std::atomic<int> first_signal = 0;    // 0 = none yet
std::array<struct sigaction, 2> old;  // used by the thread that owns the EndSignals
static_assert(std::atomic<int>::is_always_lock_free);

void write_event() {
  const std::uint64_t one = 1;
  // Full or interrupted: somebody else's event is there already.
  [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
}

extern "C" void handle_end_signal(int number) {
  const int errno_before = errno;
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, number)) ::_exit(128 + number);
  write_event();
  errno = errno_before;
}

void wait_for_event() {
  std::uint64_t count = 0;
  while (::read(event, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

}  // namespace

void ignore_broken_pipes() { ::signal(SIGPIPE, SIG_IGN); }

EndSignals::EndSignals(Callback<void(int)> drain) {
  RUSHLINE_ASSERT(event == -1);
  const int created = ::eventfd(0, EFD_CLOEXEC);
  if (created < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  first_signal = 0;
  event = created;
  threads_.start("signals", [drain = std::move(drain)]() mutable {
    wait_for_event();
    if (const int number = first_signal; number != 0) drain(number);
  });
  struct sigaction action {};
  action.sa_handler = handle_end_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (const int number : end_signals) ::sigaddset(&action.sa_mask, number);
  for (std::size_t i = 0; i < end_signals.size(); ++i) {
    ::sigaction(end_signals[i], &action, &old[i]);
  }
}

EndSignals::~EndSignals() {
  write_event();
  threads_.join();
  for (std::size_t i = 0; i < end_signals.size(); ++i) {
    ::sigaction(end_signals[i], &old[i], nullptr);
  }
  ::close(event.exchange(-1));
}

}  // namespace rushline::runtime
