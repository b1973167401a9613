// One server of a simulated drop: the real admission, with its own way to the database and to
// Redis, a clock of its own, and threads that may be frozen between two steps.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "tests/simulation/slow_waiting_room.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/fake_database.hpp"

namespace rushline::tests {

struct DropServer {
  DropServer(std::size_t number, World& world, std::chrono::microseconds clock_error,
             coupons::CouponStore& store, const ShopCalendar& calendar, SlowWaitingRoom& its_room,
             const coupons::AdmissionBounds& bounds)
      : id(number),
        clock(world.clock, clock_error),
        database(world.clock, FakeDatabase::Mode::on_demand),
        room(its_room),
        admission(
            std::make_unique<coupons::Admission>(database, store, calendar, clock, &room, bounds)),
        service(store, [this](CouponEventId changed) { admission->event_changed(changed); }) {}
  ~DropServer() {
    admission.reset();  // nobody is told any more
    room.abandon();
  }
  DropServer(const DropServer&) = delete;
  DropServer& operator=(const DropServer&) = delete;

  void tell_late() {
    const auto tell = std::move(late.front());
    late.pop_front();
    tell();
  }

  const std::size_t id;  // no two have the same, also after death
  ServerClock clock;
  FakeDatabase database;
  SlowWaitingRoom& room;
  std::unique_ptr<coupons::Admission> admission;
  coupons::EventService service;
  std::deque<std::function<void()>> late;  // ran in the database, not told yet
  bool is_frozen = false;
};

}  // namespace rushline::tests
