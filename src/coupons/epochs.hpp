// The steps by which an event leaves the line in Redis and comes back to it, without I/O.
//
//   redis ─ leave_line ─▶ direct ─ prepare_line, install ─ open_line ─▶ redis
//           epoch + 1              epoch + 1                same epoch
//
// Each step takes the row as it is, under its lock, and compares it with the row on which the
// decision to take the step was made: only one of several servers gets through. The epoch, not
// anybody's view of Redis, decides who may settle.
#pragma once

#include <optional>
#include <string>

#include "core/limits.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::coupons {

// Fences the line off: from the commit on everybody goes in directly. Nothing when the event is not
// in the line of `seen` any more: somebody else was faster.
std::optional<CouponEvent> leave_line(const CouponEvent& row, Epoch seen);

// Whether a line may be installed at `now`: not while a raise is pending (old sold-out flags still
// run), and not for an event in which nothing is to be decided any more.
bool may_have_line(const CouponEvent& row, Timestamp now);

// Takes the epoch of the line that is about to be installed on the primary `replid`. Still direct,
// because installing may fail. Nothing when the row is not in direct mode in the epoch `seen`, or
// may not have a line.
std::optional<CouponEvent> prepare_line(const CouponEvent& row, Epoch seen, std::string replid,
                                        Timestamp now);

// The line of `epoch` is installed: from the commit on everybody goes through it. Nothing when the
// row has moved on; the installed line is then never used.
std::optional<CouponEvent> open_line(const CouponEvent& row, Epoch epoch);

// True when `row` was read later than `known`, as far as rows tell: epochs, marks and numbers only
// rise, and within an epoch an event goes from direct to the line only.
bool is_newer(const CouponEvent& row, const CouponEvent& known);

// When one server tries to bring one event back to Redis.
//
// At once where nothing speaks against it (a new event, a new round, a server that has just
// started, a Redis that answered but had forgotten); else when Redis has been healthy for
// limits::line_return_wait_min. The wait doubles up to limits::line_return_wait_max when the line
// does not hold, so that a server that is cut off from Redis cannot drag the others to and fro.
// Used under the lock of its owner.
class LineReturn {
 public:
  // The row says that the event goes through the line, or that it does not (any more). Repeating is
  // harmless.
  void saw_line(Monotonic now);
  void saw_direct(Monotonic now);

  // An attempt came to nothing.
  void failed(Monotonic now);

  // Whether to try now. `healthy_since`: of Redis; nothing = it is not. `at_once`: see above; it
  // counts only while the last line held.
  bool is_due(Monotonic now, std::optional<Monotonic> healthy_since, bool at_once) const;

  Monotonic::duration wait() const { return wait_; }

 private:
  void lengthen();

  Monotonic::duration wait_ = limits::line_return_wait_min;
  std::optional<Monotonic> opened_at_;  // while the line is in use
  std::optional<Monotonic> left_at_;    // since then direct
  std::optional<Monotonic> failed_at_;
  bool held_ = true;  // the last line, long enough to be trusted
};

}  // namespace rushline::coupons
