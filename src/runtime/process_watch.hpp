// What this process uses of its machine, looked at now and then, so that whoever wants to know it
// reads memory only.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace rushline::runtime {

struct ProcessUse {
  std::chrono::microseconds started_at{0};  // since 1970
  std::chrono::microseconds cpu{0};         // of all threads, since then
  std::int64_t resident_bytes = 0;
  std::int64_t open_files = 0;  // sockets, too
  std::int64_t files_max = 0;   // the soft limit
};

// Safe to call from any thread.
class ProcessWatch {
 public:
  // Looks once.
  ProcessWatch() { look(); }

  // Reads /proc/self, never a disk. What cannot be read stays as it was.
  void look();
  ProcessUse last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  ProcessUse last_;  // guarded by mutex_
};

}  // namespace rushline::runtime
