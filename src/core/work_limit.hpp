// How much work may wait, so that whatever is let in is done in time.
//
// By Little's law what waits takes (how much waits) / (how much is done per second). The second is
// measured while there is work; from it follows how much may wait. More is refused at once, which
// costs nearly nothing, instead of being done when nobody waits for it any more: then a server that
// is asked for ten times what it can do still does what it can.
//
// What is done per second is what *can* be done only while plenty waits: a slack time measures the
// demand, and many small commits are slower than one large one. So a slow stretch is believed only
// when plenty waited all the time (half of what may), a fast one always. When there was no such
// stretch for a while the measurement is forgotten, and `waiting_first` may wait.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/time.hpp"

namespace rushline {

struct WorkBounds {
  std::chrono::milliseconds wait_max;  // in which what is let in is to be done
  std::int64_t waiting_min;            // so much may wait, however slow it goes
  std::int64_t waiting_first;          // before anything is known
  std::int64_t waiting_max;            // not more, however fast
};

// Pure arithmetic, and cheap. Not safe to call from several threads at once: guarded by its owner.
class WorkLimit {
 public:
  explicit WorkLimit(const WorkBounds& bounds) : bounds_(bounds) {}

  bool has_room() const { return waiting_ < room(); }
  // How much may wait now.
  std::int64_t room() const;
  std::int64_t waiting() const { return waiting_; }
  // What is done per second; zero: not known.
  double per_second() const { return per_second_; }
  // In which all that waits now will be done; zero: not known.
  std::chrono::nanoseconds expected_wait() const;

  // Work that is let in, and its end. Also what was let in without asking.
  void begin(std::int64_t count, Monotonic now);
  void end(std::int64_t count, Monotonic now);

 private:
  std::int64_t plenty() const;
  void measure(Monotonic now);
  void restart(Monotonic now);

  WorkBounds bounds_;  // constant
  std::int64_t waiting_ = 0;
  double per_second_ = 0;          // 0: not measured
  Monotonic measured_at_{};        // while plenty waited
  Monotonic stretch_begin_{};      // of the stretch being measured, without the idle times
  Monotonic::duration stretch_{};  // of it, so far, while nothing waits
  std::int64_t stretch_done_ = 0;
  std::int64_t stretch_lowest_ = 0;  // the least that waited in it
};

}  // namespace rushline
