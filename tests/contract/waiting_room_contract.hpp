// What every waiting room must do, whatever it is made of.
//
// Each check is a function, so that a test may also run it on a waiting room with a bug planted
// into it and see that the check finds the bug (planted_bugs_test.cpp). The numbers are those of
// the traps in protocol.md.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "coupons/waiting_room.hpp"

namespace rushline::tests {

// A waiting room, and what may happen to it. Used by one thread.
class WaitingRoomUnderTest {
 public:
  virtual ~WaitingRoomUnderTest() = default;

  virtual coupons::WaitingRoom& room() = 0;
  // Lets it hear what was published.
  virtual void listen() {}

  virtual void forget_everything() = 0;
  virtual void lose_event(CouponEventId event) = 0;  // the line stays
  virtual void lose_line(CouponEventId event) = 0;   // what is known of it stays
  virtual void lose_last_place(CouponEventId event) = 0;
  // Another replication id over the same data.
  virtual void change_primary() = 0;
};

struct WaitingRoomKind {
  const char* name;
  std::unique_ptr<WaitingRoomUnderTest> (*make)();
  bool (*is_possible)() = nullptr;  // null = everywhere
};

struct WaitingRoomCheck {
  const char* name;
  void (*run)(WaitingRoomUnderTest& under_test);
};
std::span<const WaitingRoomCheck> waiting_room_checks();
// Aborts when there is none of this name.
const WaitingRoomCheck& waiting_room_check(std::string_view name);

// One event's line, spoken to in words. A sequence is written EPOCH:NUMBER.
class LineUnderTest {
 public:
  explicit LineUnderTest(WaitingRoomUnderTest& under_test, std::int64_t event = 17);

  // `replid` of those below; begins as that of the primary.
  std::string replid;
  CouponEventId event;

  // Outcomes in words: "ok", or the error's.
  std::string install(std::int64_t epoch, std::int64_t kept = 0, coupons::Window window = {},
                      std::int64_t cap = 1'000'000);
  // "2:0 2:1 sold_out | 2": place or reason of each user, and how many wait afterwards.
  std::string admit(std::int64_t epoch, const std::string& users);
  // "A@2:0 B@2:1 | 2"
  // A window without `as_of` is newer than every one before.
  std::string take(std::int64_t epoch, coupons::Sequence mark = {}, coupons::Window window = {},
                   std::size_t count_max = 100);
  // "new old new": which of the users' places were made by this very call.
  std::string who_is_new(std::int64_t epoch, const std::string& users);
  std::string trim(std::int64_t epoch, coupons::Sequence mark);
  std::string mark_sold_out(std::int64_t epoch);
  // "2:0", or "-".
  std::string find(const std::string& user);
  std::string primary();

 private:
  coupons::Fence fence(std::int64_t epoch) const { return {event, {epoch}, replid}; }

  coupons::WaitingRoom& room_;
  std::int64_t stamp_ = 1'000;
};

coupons::Sequence sequence(std::int64_t epoch, std::int64_t number);

// Random steps on a waiting room and on the model, compared after each.
void compare_with_model(WaitingRoomUnderTest& under_test, std::uint32_t seed, int steps);

}  // namespace rushline::tests
