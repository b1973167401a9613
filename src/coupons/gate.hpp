// Lets work in until it is closed; closing waits for what is inside.
#pragma once

#include <condition_variable>
#include <mutex>

namespace rushline::coupons {

// Safe to call from any thread.
class Gate {
 public:
  bool enter() {
    const std::scoped_lock lock(mutex_);
    if (is_closed_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    const std::scoped_lock lock(mutex_);
    if (--inside_ == 0) left_.notify_all();
  }
  // Not from inside.
  void close() {
    std::unique_lock lock(mutex_);
    is_closed_ = true;
    left_.wait(lock, [&] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  int inside_ = 0;          // guarded by mutex_
  bool is_closed_ = false;  // guarded by mutex_
};

// Inside while it lives, if the gate was open.
class Pass {
 public:
  explicit Pass(Gate& gate) : gate_(gate), is_in_(gate.enter()) {}
  ~Pass() {
    if (is_in_) gate_.leave();
  }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  explicit operator bool() const { return is_in_; }

 private:
  Gate& gate_;
  const bool is_in_;
};

}  // namespace rushline::coupons
