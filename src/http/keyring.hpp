// The keys and secrets in force. They are replaced as a whole while the server runs, so that one
// that leaked can be taken back without a restart.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "http/access.hpp"

namespace rushline::http {

// Safe to call from any thread.
class Keyring {
 public:
  explicit Keyring(Access first);

  // Whether there are keys is settled at the start: replacing never opens what was closed.
  bool is_open() const { return is_open_; }

  // From the next request on, also of connections that are open. What was found before the edition
  // rose must be asked for again: streams are, and end when their caller is not known any more.
  // Requests in hand go on.
  void replace(Access next);
  std::uint64_t edition() const { return edition_.load(std::memory_order_acquire); }
  // Shared, because a loop may still look into keys that are being replaced.
  std::shared_ptr<const Access> current() const;

 private:
  const bool is_open_;
  std::atomic<std::uint64_t> edition_ = 1;
  mutable std::mutex mutex_;
  std::shared_ptr<const Access> current_;  // guarded by mutex_
};

}  // namespace rushline::http
