// The beginning of a simulated drop, and what happens all the time: presses, looks, the steps of
// threads, operators.
#include "tests/simulation/drop_simulation.hpp"

#include "core/limits.hpp"
#include "tests/support/coupon_samples.hpp"

namespace rushline::tests {

using namespace std::chrono_literals;
using coupons::EventView;

DropSimulation::DropSimulation(std::uint64_t seed, Telling telling)
    : world_(seed, telling, Timestamp{1'700'000'000s}) {
  is_calm_ = one_in(4);
  for (bool& breaks : breaks_) breaks = !is_calm_ && one_in(2);
  for (bool& acts : acts_) acts = one_in(2);
  acts_[closings] &= one_in(2);  // they end a drop early
  users_ = 3 + world_.dice.below(8);
  bounds_.drain_batch_max = one_in(2) ? 1 + world_.dice.below(3) : limits::drain_batch_max;
  bounds_.holders_page_max = 1 + world_.dice.below(8);
  if (one_in(8)) bounds_.line_cap = 3;
  const std::size_t events = one_in(2) ? 1 : 2 + world_.dice.below(2);
  for (std::size_t i = 0; i < events; ++i) add_event();
  const std::size_t servers = 2 + world_.dice.below(2);
  for (std::size_t i = 0; i < servers; ++i) start_server(i);
}

DropSimulation::~DropSimulation() = default;

const Story& DropSimulation::run() {
  chaos();
  heal();
  open_all();
  come_to_rest();
  if (one_in(2)) await_lines();
  if (one_in(16)) wear_out_patience();
  ask_all_again();
  judge();
  return world_.story;
}

void DropSimulation::add_event() {
  coupons::CouponEvent event = sample_event(world_.dice.from_to(1, static_cast<int>(users_)));
  if (one_in(8)) event.ack = coupons::Ack::queued;
  const Timestamp now = world_.clock.now();
  if (one_in(4)) event.opens_at = now + any_ms(1, 2'000);
  if (one_in(6)) event.closes_at = event.opens_at.value_or(now) + any_ms(500, 20'000);
  const CouponEventId id = tests::add_event(store_, event);
  drops_.push_back(std::make_unique<DropHistory>(world_, store_, id, history_));
}

void DropSimulation::start_server(std::size_t at) {
  if (at == servers_.size()) servers_.emplace_back();
  rooms_.push_back(std::make_unique<SlowWaitingRoom>(redis_.nodes()));
  const std::chrono::microseconds clock_error = any_ms(-5'000, 5'000);
  servers_[at] = std::make_unique<DropServer>(next_server_++, world_, clock_error, store_,
                                              calendar_, *rooms_.back(), bounds_);
  servers_[at]->database.undoes(store_.record);
  world_.story.add("server {} starts", servers_[at]->id);
}

void DropSimulation::chaos() {
  // Most histories begin with a line that is in use.
  for (int turn = one_in(4) ? 3 : 0; turn < 3; ++turn) pass(limits::line_look_interval);
  const std::size_t steps = 60 + world_.dice.below(200);
  const std::int64_t begun_us = world_.now_us();
  for (std::size_t i = 0; i < steps; ++i) {
    world_.tick();
    step();
    observe();
  }
  // Steps of threads come when the dice say so: everything may be late where faults may be.
  if (!is_calm_) history_.faults.push_back({"simulated faults", begun_us, world_.now_us()});
}

void DropSimulation::step() {
  const std::size_t what = world_.dice.below(100);
  DropServer& server = any_server();
  if (what < 16) {
    const auto until = one_in(10) ? coupons::Until::place : coupons::Until::verdict;
    if (!server.is_frozen) press(any_drop(), any_user(), server, until);
  } else if (what < 19) {
    if (!server.is_frozen) look(any_drop(), any_user(), server);
  } else if (what < 86) {
    if (!server.is_frozen) work(server);
  } else if (what < 93) {
    const auto time = what < 91 ? any_ms(1, 40) : any_ms(100, 700);
    is_calm_ ? pass(time) : world_.clock.advance(time);
  } else if (what < 97) {
    break_something();
  } else {
    operate();
  }
}

std::uint64_t DropSimulation::press(Drop& drop, int number, DropServer& server,
                                    coupons::Until until) {
  const std::uint64_t token = drop->pressed(number, server.id);
  const auto answer = server.admission->request(drop->event(), user(number), *drop, token, until);
  if (answer) drop->told_one(token, *answer);
  return token;
}

// In the order of http/coupon_request_api.cpp: memory, then the line, then the database.
void DropSimulation::look(Drop& drop, int number, DropServer& server) {
  const std::size_t token = drop->looked(number);
  const bool waited = server.admission->is_waiting(drop->event(), user(number));
  server.admission->find_place(
      drop->event(), user(number),
      [token, number, waited, drop = drop.get(), &server](std::optional<coupons::Sequence> place) {
        server.database.read(
            [number, drop, &server](Transaction& transaction) {
              return server.service.request_of(transaction, drop->event(), user(number));
            },
            [token, waited, drop, place](const Result<coupons::RequestView>& view) {
              if (view.has_value()) drop->saw(token, *view, place, waited);
            });
      });
}

void DropSimulation::work(DropServer& server) {
  const std::size_t what = world_.dice.below(12);
  if (what == 0) return server.admission->tick();
  if (what <= 3) {
    server.room.carry_out();
  } else if (what <= 6) {
    server.room.deliver();
  } else {
    work_in_database(server);
  }
}

void DropSimulation::work_in_database(DropServer& server) {
  FakeDatabase& database = server.database;
  const std::size_t count = 1 + world_.dice.below(3);
  switch (world_.dice.below(5)) {
    case 0:
    case 1:
      database.run_writes(count);
      return;
    case 2:
    case 3:
      database.run_reads(count);
      return;
    default:
      if (!server.late.empty() && one_in(2)) return server.tell_late();
      if (one_in(2) && database.reads_waiting() > 0) {
        server.late.push_back(database.run_read_and_tell_later());
      } else if (database.writes_waiting() > 0) {
        server.late.push_back(database.run_write_and_tell_later());
      }
  }
}

void DropSimulation::operate() {
  const auto what = static_cast<Act>(world_.dice.below(act_count));
  DropServer& server = any_server();
  if (!acts_[what] || server.is_frozen) return;
  Drop& drop = any_drop();
  const coupons::CouponEvent& row = drop->row();
  switch (what) {
    case raises: {
      const std::int64_t promised = row.raise ? row.raise->quantity : row.quantity;
      const std::int64_t quantity = promised + world_.dice.from_to(1, 3);
      return change(drop, server, verify::Change::raise, quantity, {quantity, std::nullopt});
    }
    case pauses:
      return change(drop, server, one_in(2) ? verify::Change::pause : verify::Change::resume, 0,
                    {});
    case closings:
      return change(drop, server, verify::Change::close, 0, {});
    default:
      return change(drop, server, std::nullopt, 0,
                    {std::nullopt, world_.clock.now() + any_ms(100, 20'000)});
  }
}

// `kind`: nothing = a patch of the closing time. It is told when the line knows of it, too.
void DropSimulation::change(Drop& drop, DropServer& server, std::optional<verify::Change> kind,
                            std::int64_t quantity, const coupons::EventPatch& patch) {
  const std::size_t token = drop->change_begun(kind, quantity);
  auto committed_us = std::make_shared<std::int64_t>(0);
  server.database.write(
      [this, kind, patch, committed_us, event = drop->event(),
       &service = server.service](Transaction& transaction) -> Result<EventView> {
        *committed_us = world_.now_us();
        if (kind == verify::Change::pause) return service.pause(transaction, event, "");
        if (kind == verify::Change::resume) return service.resume(transaction, event, "");
        if (kind == verify::Change::close) return service.close(transaction, event, "");
        return service.patch(transaction, event, patch);
      },
      [token, committed_us, drop = drop.get(), &server](const Result<EventView>& view) {
        if (view.has_error()) return drop->change_failed(token, view.error().code);
        drop->change_committed(view->event);
        server.admission->when_line_knows(drop->event(), [token, committed_us, drop] {
          drop->change_done(token, *committed_us);
        });
      });
}

void DropSimulation::observe() {
  for (Drop& drop : drops_) drop->observe(redis_.is_full(drop->event()));
}

}  // namespace rushline::tests
