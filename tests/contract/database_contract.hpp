// What every Database must do: one commit that spans stores, told only once it is on disk.
#pragma once

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/limits.hpp"
#include "tests/contract/store_adapter.hpp"
#include "tests/support/eventually.hpp"

namespace rushline::contract {

class DatabaseContract : public StoreContract {
 protected:
  // Keeps the writer busy until release(), so that what is submitted meanwhile waits together.
  class HeldWriter {
   public:
    explicit HeldWriter(Database& database) {
      database.write(
          [this](Transaction&) {
            started_.set_value();
            released_.get_future().wait();
            return Result<void>();
          },
          [this](const Result<void>&) { ended_.set_value(); });
      started_.get_future().wait();
    }
    ~HeldWriter() { release(); }
    HeldWriter(const HeldWriter&) = delete;
    HeldWriter& operator=(const HeldWriter&) = delete;

    void release() {
      if (std::exchange(is_released_, true)) return;
      released_.set_value();
      ended_.get_future().wait();
    }

   private:
    std::promise<void> started_;
    std::promise<void> released_;
    std::promise<void> ended_;
    bool is_released_ = false;
  };

  // Submits a write and gives the future of its outcome.
  template <class Run>
  std::future<std::optional<Errc>> submit(Run run) {
    auto promise = std::make_shared<std::promise<std::optional<Errc>>>();
    auto future = promise->get_future();
    database().write(std::move(run),
                     [promise](const auto& outcome) { promise->set_value(error_of(outcome)); });
    return future;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DatabaseContract);

TEST_P(DatabaseContract, AnErrorInTheMiddleOfACommitUndoesOnlyItsOwnUnit) {
  HeldWriter held(database());
  auto first = submit([&](Transaction& tx) { return add_product(tx, "first", 1); });
  auto failing = submit([&](Transaction& tx) -> Result<void> {
    must(add_product(tx, "undone", 1));
    return fail(Errc::out_of_stock, "no");
  });
  auto last = submit([&](Transaction& tx) { return add_product(tx, "last", 3); });
  held.release();

  EXPECT_EQ(first.get(), std::nullopt);
  EXPECT_EQ(failing.get(), Errc::out_of_stock);
  EXPECT_EQ(last.get(), std::nullopt);
  EXPECT_EQ(stock_of("first"), 1);
  EXPECT_EQ(stock_of("undone"), -1);
  EXPECT_EQ(stock_of("last"), 3);
}

TEST_P(DatabaseContract, AUnitThatFailsAloneIsUndone) {
  const auto outcome = write([&](Transaction& tx) -> Result<int> {
    must(add_product(tx, "undone", 1));
    return fail(Errc::coupon_not_usable, "no");
  });
  EXPECT_EQ(error_of(outcome), Errc::coupon_not_usable);
  EXPECT_EQ(stock_of("undone"), -1);
}

TEST_P(DatabaseContract, NestedWorkThatFailsIsUndoneAndTheUnitGoesOn) {
  must(write([&](Transaction& tx) -> Result<void> {
    must(add_product(tx, "before", 1));
    const auto nested = tx.nested([&]() -> Result<void> {
      must(add_product(tx, "undone", 1));
      const auto inner = tx.nested([&]() -> Result<void> {
        must(add_product(tx, "undone_too", 1));
        return {};
      });
      EXPECT_EQ(error_of(inner), std::nullopt);
      return fail(Errc::out_of_stock, "no");
    });
    EXPECT_EQ(error_of(nested), Errc::out_of_stock);
    must(tx.nested([&]() -> Result<void> {
      must(add_product(tx, "kept", 1));
      return {};
    }));
    must(add_product(tx, "after", 1));
    return {};
  }));
  EXPECT_EQ(stock_of("before"), 1);
  EXPECT_EQ(stock_of("undone"), -1);
  EXPECT_EQ(stock_of("undone_too"), -1);
  EXPECT_EQ(stock_of("kept"), 1);
  EXPECT_EQ(stock_of("after"), 1);
}

TEST_P(DatabaseContract, HooksRunBetweenTheCommitAndTheAnswer) {
  std::vector<std::string> steps;  // written by the database thread, read once it has told
  std::promise<void> told;
  database().write(
      [&](Transaction& tx) -> Result<void> {
        tx.after_commit([&] { steps.emplace_back("hook"); });
        must(add_product(tx, "a", 1));
        steps.emplace_back("run");
        return {};
      },
      [&](const Result<void>&) {
        steps.emplace_back("told");
        told.set_value();
      });
  told.get_future().wait();
  EXPECT_EQ(steps, (std::vector<std::string>{"run", "hook", "told"}));
}

TEST_P(DatabaseContract, HooksSeeTheCommitFromOutside) {
  std::promise<std::optional<Errc>> seen;
  must(write([&](Transaction& tx) -> Result<void> {
    tx.after_commit([&] {
      database().read([&](Transaction& other) { return products().find(other, product_id("a")); },
                      [&](const Result<std::optional<catalog::Product>>& found) {
                        seen.set_value(found.has_value() && found->has_value()
                                           ? std::optional<Errc>()
                                           : std::optional(Errc::not_found));
                      });
    });
    must(add_product(tx, "a", 1));
    return {};
  }));
  EXPECT_EQ(seen.get_future().get(), std::nullopt);
}

TEST_P(DatabaseContract, HooksOfWhatWasUndoneAreDropped) {
  int undone = 0;
  int kept = 0;
  HeldWriter held(database());
  auto failing = submit([&](Transaction& tx) -> Result<void> {
    tx.after_commit([&] { ++undone; });
    return fail(Errc::out_of_stock, "no");
  });
  auto good = submit([&](Transaction& tx) -> Result<void> {
    tx.after_commit([&] { ++kept; });
    static_cast<void>(tx.nested([&]() -> Result<void> {
      tx.after_commit([&] { ++undone; });
      return fail(Errc::out_of_stock, "no");
    }));
    return {};
  });
  held.release();
  EXPECT_EQ(failing.get(), Errc::out_of_stock);
  EXPECT_EQ(good.get(), std::nullopt);
  EXPECT_EQ(undone, 0);
  EXPECT_EQ(kept, 1);
}

TEST_P(DatabaseContract, AReadSeesEveryCommitThatWasTold) {
  must(write([&](Transaction& tx) { return add_product(tx, "a", 0); }));
  for (std::int64_t count = 1; count <= 100; ++count) {
    must(write([&](Transaction& tx) {
      return products().patch(tx, product_id("a"), {{}, {}, 1});
    }));
    ASSERT_EQ(stock_of("a"), count);
  }
}

TEST_P(DatabaseContract, AReadIsOneSnapshotFromItsFirstLook) {
  must(write([&](Transaction& tx) { return add_product(tx, "a", 1); }));
  std::promise<void> looked;
  std::promise<void> changed;
  auto reading = std::async(std::launch::async, [&] {
    return read([&](Transaction& tx) -> Result<std::int64_t> {
      const std::int64_t before = must(products().find(tx, product_id("a")))->stock;
      looked.set_value();
      changed.get_future().wait();
      return must(products().find(tx, product_id("a")))->stock - before;
    });
  });
  looked.get_future().wait();
  must(write([&](Transaction& tx) { return products().patch(tx, product_id("a"), {{}, {}, 5}); }));
  EXPECT_EQ(stock_of("a"), 6);
  changed.set_value();
  EXPECT_EQ(must(reading.get()), 0);
}

TEST_P(DatabaseContract, TimeStandsStillWithinAUnit) {
  must(write([](Transaction& tx) -> Result<void> {
    const Timestamp first = tx.now();
    EXPECT_EQ(tx.now(), first);
    return {};
  }));
}

TEST_P(DatabaseContract, AFullQueueRefusesAtOnceAndForgetsNobodyElse) {
  HeldWriter held(database());
  std::atomic<std::size_t> done = 0;
  for (std::size_t i = 0; i < limits::database_write_queue_max; ++i) {
    database().write([](Transaction&) { return Result<void>(); },
                     [&](const Result<void>& outcome) { done += outcome.has_value() ? 1U : 0U; });
  }
  std::optional<Errc> refused;  // written on this thread, before the call returns
  database().write([](Transaction&) { return Result<void>(); },
                   [&](const Result<void>& outcome) { refused = error_of(outcome); });
  EXPECT_EQ(refused, Errc::overloaded);
  held.release();
  EXPECT_TRUE(tests::eventually([&] { return done == limits::database_write_queue_max; }));
}

TEST_P(DatabaseContract, StoppingRunsWhatWaitsAndRefusesWhatComesLater) {
  std::future<std::optional<Errc>> waiting;
  {
    HeldWriter held(database());
    waiting = submit([&](Transaction& tx) { return add_product(tx, "a", 1); });
    adapter().stop();
  }
  EXPECT_EQ(waiting.get(), std::nullopt);
  const auto late = write([](Transaction&) { return Result<void>(); });
  EXPECT_EQ(error_of(late), Errc::shutting_down);
  const auto late_read = read([](Transaction&) { return Result<void>(); });
  EXPECT_EQ(error_of(late_read), Errc::shutting_down);
  adapter().crash();
  adapter().reopen();
  EXPECT_EQ(stock_of("a"), 1);
}

TEST_P(DatabaseContract, ACrashKeepsWhatWasToldAndNothingOfWhatWasNot) {
  for (int i = 0; i < 20; ++i) {
    must(write([&](Transaction& tx) { return add_product(tx, "told-" + std::to_string(i), i); }));
  }
  std::promise<void> written;
  std::promise<void> crashed;
  auto half_done = submit([&](Transaction& tx) {
    auto product = add_product(tx, "half-done", 1);
    written.set_value();
    crashed.get_future().wait();
    return product;
  });
  written.get_future().wait();
  adapter().crash();
  crashed.set_value();
  half_done.wait();
  adapter().reopen();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(stock_of("told-" + std::to_string(i)), i);
  EXPECT_EQ(stock_of("half-done"), -1);
}

TEST_P(DatabaseContract, WritersFromManyThreadsLoseNothingAndReadersSeeWholeCommits) {
  constexpr int writers = 4;
  constexpr int rounds = 50;
  must(write([&](Transaction& tx) -> Result<void> {
    must(add_product(tx, "left", 0));
    must(add_product(tx, "right", 0));
    return {};
  }));
  const auto move_both = [&](Transaction& tx) -> Result<void> {
    must(products().patch(tx, product_id("left"), {{}, {}, 1}));
    must(products().patch(tx, product_id("right"), {{}, {}, 1}));
    return {};
  };
  std::atomic<int> torn = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) must(write(move_both));
    });
    threads.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        torn += must(read([&](Transaction& tx) -> Result<int> {
          const auto left = must(products().find(tx, product_id("left")))->stock;
          return must(products().find(tx, product_id("right")))->stock == left ? 0 : 1;
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(stock_of("left"), writers * rounds);
}

}  // namespace rushline::contract
