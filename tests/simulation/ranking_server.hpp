// One server of a simulated ranking: the real follower, lists and intake, with its own way to the
// database and to the board.
//
// A follower is straight-line code that blocks. Each time it goes outside, the world may let others
// go on first, or let the server die there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ranking/follower.hpp"
#include "ranking/purchase_intake.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_ranking_board.hpp"

namespace rushline::tests {

// Before a step outside: what happens meanwhile. False = the server is dead by now.
using GoesOn = std::function<bool()>;

// Used by one thread.
class InterruptedDatabase final : public Database {
 public:
  InterruptedDatabase(FakeDatabase& database, GoesOn goes_on)
      : database_(database), goes_on_(std::move(goes_on)) {}

  void submit_write(std::unique_ptr<UnitOfWork> unit) override {
    if (!goes_on_()) return unit->done(fail(Errc::unavailable, "The server is dead."));
    database_.submit_write(std::move(unit));
  }
  void submit_read(std::unique_ptr<UnitOfWork> unit) override {
    if (!goes_on_()) return unit->done(fail(Errc::unavailable, "The server is dead."));
    database_.submit_read(std::move(unit));
  }

 private:
  FakeDatabase& database_;
  const GoesOn goes_on_;
};

// The board as one server reaches it over a network. Used by one thread.
class BoardConnection final : public ranking::RankingBoard {
 public:
  BoardConnection(FakeRankingBoard& board, GoesOn goes_on)
      : board_(board), goes_on_(std::move(goes_on)) {}

  void set_reachable(bool reachable) { is_reachable_ = reachable; }
  // The next call is carried out, but its outcome is not heard of.
  void lose_reply() { loses_reply_ = true; }
  // The next push is given up on its way: push_late() lets it arrive.
  void delay_push() { delays_push_ = true; }
  bool push_late() {
    if (!late_) return false;
    const std::optional<LatePush> late = std::exchange(late_, std::nullopt);
    (void)board_.push({late->expected, late->reached, late->today, late->totals});
    return true;
  }

  Result<std::optional<ranking::BoardState>> state() override {
    return ask<std::optional<ranking::BoardState>>([&] { return board_.state(); });
  }
  Result<bool> push(const ranking::Push& push) override {
    return ask<bool>([&]() -> Result<bool> {
      if (!std::exchange(delays_push_, false)) return board_.push(push);
      late_ = {push.expected, push.reached, push.today, {push.totals.begin(), push.totals.end()}};
      return fail(Errc::timed_out, "The push is still on its way.");
    });
  }
  Result<std::unique_ptr<ranking::BoardRebuild>> begin_rebuild(
      const std::optional<ranking::BoardState>& replaced, Day today) override {
    auto begun = ask<std::unique_ptr<ranking::BoardRebuild>>(
        [&] { return board_.begin_rebuild(replaced, today); });
    if (begun.has_value() && *begun != nullptr) {
      *begun = std::make_unique<Rebuild>(*this, std::move(*begun));
    }
    return begun;
  }
  Result<ranking::Top> top(std::int32_t days, std::int64_t count_max) override {
    return ask<ranking::Top>([&] { return board_.top(days, count_max); });
  }
  Result<ranking::Standing> standing(std::int32_t days, const ProductId& product) override {
    return ask<ranking::Standing>([&] { return board_.standing(days, product); });
  }

 private:
  struct LatePush {
    ranking::Revision expected;
    ranking::Revision reached;
    Day today;
    std::vector<ranking::DayTotal> totals;
  };

  class Rebuild final : public ranking::BoardRebuild {
   public:
    Rebuild(BoardConnection& connection, std::unique_ptr<ranking::BoardRebuild> rebuild)
        : connection_(connection), rebuild_(std::move(rebuild)) {}

    Result<bool> fill(std::span<const ranking::DayTotal> totals) override {
      return connection_.ask<bool>([&] { return rebuild_->fill(totals); });
    }
    Result<bool> correct(std::span<const ranking::DayTotal> totals) override {
      return connection_.ask<bool>([&] { return rebuild_->correct(totals); });
    }
    Result<bool> finish(ranking::Revision reached) override {
      return connection_.ask<bool>([&] { return rebuild_->finish(reached); });
    }

   private:
    BoardConnection& connection_;
    const std::unique_ptr<ranking::BoardRebuild> rebuild_;
  };

  template <class T, class Run>
  Result<T> ask(Run run) {
    if (!goes_on_() || !is_reachable_) return fail(Errc::unavailable, "The board is not reached.");
    Result<T> outcome = run();
    if (!std::exchange(loses_reply_, false)) return outcome;
    return fail(Errc::timed_out, "The reply of the board is lost.");
  }

  FakeRankingBoard& board_;
  const GoesOn goes_on_;
  bool is_reachable_ = true;
  bool loses_reply_ = false;
  bool delays_push_ = false;
  std::optional<LatePush> late_;
};

struct RankingServer {
  RankingServer(std::size_t number, World& world, FakeSalesStore& store, FakeRankingBoard& board,
                const ranking::SaleRecorder& recorder, const ShopCalendar& calendar,
                const GoesOn& goes_on)
      : id(number),
        own_database(world.clock),
        database(own_database, goes_on),
        connection(board, goes_on),
        list(calendar.zone_name()),
        intake(store, recorder),
        follower(database, store, connection, list, calendar, world.clock) {
    own_database.undoes(store.state);
  }
  RankingServer(const RankingServer&) = delete;
  RankingServer& operator=(const RankingServer&) = delete;

  const std::size_t id;  // no two have the same, also after death
  FakeDatabase own_database;
  InterruptedDatabase database;
  BoardConnection connection;
  ranking::PopularList list;
  ranking::PurchaseIntake intake;
  ranking::Follower follower;
  bool is_following = false;  // its follower is between two steps
  bool is_dead = false;       // as soon as it takes its next step
};

}  // namespace rushline::tests
