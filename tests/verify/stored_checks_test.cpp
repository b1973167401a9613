// Each check of stored data finds what it is there for: a small shop in a real database, one thing
// tampered with past every guard, and the check that must name it.
#include "verify/stored_checks.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <thread>

#include "adapters/sqlite/migrations.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "adapters/sqlite/sqlite_records.hpp"
#include "adapters/sqlite/sqlite_sales_store.hpp"
#include "runtime/system_clock.hpp"
#include "tests/support/temporary_folder.hpp"
#include "verify/sales_checks.hpp"

namespace rushline::verify {
namespace {

// Two events (coupon ids are event << 30 | number), three orders, a purchase, a purchase taken
// back, one sale that still waits in the outbox. Day 20000 is 2024-10-04, 12:00 in Seoul.
constexpr const char* shop = R"(
  INSERT INTO products (product_id, name, price, stock)
    VALUES ('pen', 'Pen', 1000, 7), ('cup', 'Cup', 2500, 0);
  INSERT INTO coupon_events (event_id, name, quantity, issued, discount_kind, discount_value, ack,
      paused, reason, created_at, mode, epoch, replid, mark, sold_out_at)
    VALUES (1, 'Drop', 3, 3, 'rate', 10, 'verdict', 0, '', 1, 'direct', 2, '', 0, 5),
           (2, 'Rest', 9, 1, 'fixed', 700, 'verdict', 0, '', 1, 'direct', 1, '', 0, NULL);
  INSERT INTO coupons (coupon_id, user_id, seq, epoch, discount_kind, discount_value, issued_at)
    VALUES (1073741825, 'ann', 11, 1, 'rate', 10, 2), (1073741826, 'bob', 12, 1, 'rate', 10, 3),
           (1073741827, 'cyd', NULL, 2, 'rate', 10, 4),
           (2147483649, 'ann', NULL, 1, 'fixed', 700, 2);
  INSERT INTO orders (order_id, user_id, status, subtotal, discount, total, coupon_id, created_at,
      expires_at, completed_at)
    VALUES (1, 'ann', 'completed', 4500, 450, 4050, 1073741825, 1, 2, 1728010800000000),
           (2, 'bob', 'placed', 1000, 0, 1000, NULL, 1, 2, NULL),
           (3, 'cyd', 'cancelled', 1000, 100, 900, 1073741827, 1, 2, 1728010800000000);
  INSERT INTO order_lines (order_id, line_no, product_id, quantity, unit_price)
    VALUES (1, 1, 'pen', 2, 1000), (1, 2, 'cup', 1, 2500), (2, 1, 'pen', 1, 1000),
           (3, 1, 'pen', 1, 1000);
  UPDATE coupons SET order_id = 1 WHERE coupon_id = 1073741825;
  INSERT INTO idempotency (scope, key, fingerprint, status, content_type, location, body)
    VALUES ('local', 'k1', x'', 201, 'application/json', '/v1/orders/1', x''),
           ('local', 'k2', x'', 201, 'application/json', '/v1/orders/2', x''),
           ('local', 'k3', x'', 409, 'application/problem+json', '', x'');
  INSERT INTO purchases (purchase_id, product_id, quantity, day, deleted)
    VALUES ('A-1', 'pen', 5, 20000, 0), ('A-2', 'cup', 4, 20000, 1);
  INSERT INTO sales_daily (product_id, day, quantity, revision)
    VALUES ('pen', 20000, 5, 1), ('cup', 20000, 1, 2);
  INSERT INTO outbox (product_id, day, score, source) VALUES ('pen', 20000, 2, 'order:1');
  UPDATE record SET revision = 2;
)";

class StoredChecks : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sqlite::apply_migrations(path_, clock_, false).has_value());
    run_sql(shop);
  }

  // Past constraints and foreign keys.
  void run_sql(const std::string& script) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
    char* error = nullptr;
    const std::string all = "PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON;" + script;
    EXPECT_EQ(sqlite3_exec(handle, all.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(handle);
  }

  template <class Run>
  auto with_database(Run run) {
    auto database = sqlite::SqliteDatabase::open(path_, sqlite::OpenMode::existing, 1, clock_);
    EXPECT_TRUE(database.has_value());
    std::thread writer([&] { (*database)->run_writer(); });
    std::thread reader([&] { (*database)->run_reader(); });
    auto result = run(**database);
    (*database)->stop();
    writer.join();
    reader.join();
    return result;
  }

  Result<Verification> check(std::optional<CouponEventId> event = {}) {
    return with_database([&](Database& database) {
      return database.read_and_wait([&](Transaction& transaction) {
        return check_stored(transaction, records_, calendar_, event);
      });
    });
  }

  // The promises that are broken, in order.
  std::vector<std::string> broken(std::optional<CouponEventId> event = {}) {
    const Result<Verification> verification = check(event);
    EXPECT_TRUE(verification.has_value());
    std::vector<std::string> promises;
    for (const Check& check : verification->checks) {
      if (check.findings_count > 0) promises.push_back(check.promise);
      findings_.insert(findings_.end(), check.findings.begin(), check.findings.end());
    }
    EXPECT_EQ(verification->holds(), promises.empty());
    return promises;
  }

  bool is_named(const std::string& part) const {
    return std::any_of(findings_.begin(), findings_.end(), [&](const std::string& finding) {
      return finding.find(part) != std::string::npos;
    });
  }

  using Promises = std::vector<std::string>;

  tests::TemporaryFolder folder_;
  const std::string path_ = folder_ / "shop.db";
  const runtime::SystemClock clock_;
  const ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  sqlite::SqliteRecords records_;
  std::vector<std::string> findings_;
};

TEST_F(StoredChecks, FindNothingInASoundShopAndSayWhatTheyLookedAt) {
  const Result<Verification> verification = check();
  ASSERT_TRUE(verification.has_value());
  EXPECT_TRUE(verification->holds());
  std::vector<std::pair<std::string, std::int64_t>> rows;
  for (const Check& c : verification->checks) rows.emplace_back(c.promise, c.rows);
  EXPECT_EQ(rows, (std::vector<std::pair<std::string, std::int64_t>>{{"S1", 2},
                                                                     {"S2", 4},
                                                                     {"numbers", 4},
                                                                     {"line order", 4},
                                                                     {"S7", 2},
                                                                     {"order prices", 3},
                                                                     {"order coupons", 4},
                                                                     {"stock", 2},
                                                                     {"S8", 6}}));
}

TEST_F(StoredChecks, FindMoreCouponsThanTheQuantity) {
  run_sql("UPDATE coupon_events SET quantity = 2 WHERE event_id = 1");
  EXPECT_EQ(broken(), Promises{"S1"});
  EXPECT_TRUE(is_named("event 1: 3 coupons, counted as 3, of a quantity of 2"));
}

TEST_F(StoredChecks, FindACountThatIsNotTheCouponsStored) {
  run_sql("UPDATE coupon_events SET issued = 2 WHERE event_id = 1");
  EXPECT_EQ(broken(), Promises{"S1"});
  EXPECT_TRUE(is_named("event 1 counts 2 coupons, but 3 are stored"));
}

TEST_F(StoredChecks, FindCouponsOfAnEventThatIsGone) {
  run_sql("DELETE FROM coupon_events WHERE event_id = 2");
  EXPECT_EQ(broken(), Promises{"S1"});
  EXPECT_TRUE(is_named("event 2 does not exist and has 1 coupons"));
}

TEST_F(StoredChecks, FindASecondCouponOfAUser) {
  run_sql("DROP INDEX coupons_by_user; UPDATE coupons SET user_id = 'ann' WHERE user_id = 'bob'");
  EXPECT_EQ(broken(), Promises{"S2"});
  EXPECT_TRUE(is_named("event 1: user ann holds a second coupon, 1073741826"));
}

TEST_F(StoredChecks, FindAGapInTheNumbers) {
  run_sql(
      "UPDATE coupons SET coupon_id = 1073741828 WHERE coupon_id = 1073741827;"
      "UPDATE orders SET coupon_id = 1073741828 WHERE order_id = 3");
  EXPECT_EQ(broken(), Promises{"numbers"});
  EXPECT_TRUE(is_named("coupon 1073741828 has number 4 after number 2"));
}

TEST_F(StoredChecks, FindNumbersAgainstTheOrderOfTheLine) {
  run_sql("UPDATE coupons SET seq = 13 WHERE user_id = 'ann' AND event_id = 1");
  EXPECT_EQ(broken(), Promises{"line order"});
  EXPECT_TRUE(is_named("event 1: number 2 came from place 12, an earlier one from 13"));
}

TEST_F(StoredChecks, FindNumbersAgainstTheOrderOfTheEpochs) {
  run_sql("UPDATE coupons SET epoch = 3 WHERE user_id = 'bob'");
  EXPECT_EQ(broken(), Promises{"line order"});
  EXPECT_TRUE(is_named("event 1: number 3 is of epoch 2, the one before of epoch 3"));
}

TEST_F(StoredChecks, FindAnOrderThatBelongsToTwoKeys) {
  run_sql("UPDATE idempotency SET location = '/v1/orders/1' WHERE key = 'k2'");
  EXPECT_EQ(broken(), Promises{"S7"});
  EXPECT_TRUE(is_named("order 1 belongs to two keys: local/k1 and local/k2"));
}

TEST_F(StoredChecks, FindAKeyWhoseOrderIsNotThere) {
  run_sql("UPDATE idempotency SET location = '/v1/orders/9' WHERE key = 'k2'");
  EXPECT_EQ(broken(), Promises{"S7"});
  EXPECT_TRUE(is_named("key k2 of local was answered with order 9, which does not exist"));
}

TEST_F(StoredChecks, FindATotalThatIsNotWhatWasSold) {
  run_sql("UPDATE sales_daily SET quantity = 6 WHERE product_id = 'pen'");
  EXPECT_EQ(broken(), Promises{"S8"});
  EXPECT_TRUE(is_named("product pen on 2024-10-04: 7 sold, 8 recorded"));
}

TEST_F(StoredChecks, FindASaleThatWasNeverRecorded) {
  run_sql("DELETE FROM outbox");
  EXPECT_EQ(broken(), Promises{"S8"});
  EXPECT_TRUE(is_named("product pen on 2024-10-04: 7 sold, 5 recorded"));
}

TEST_F(StoredChecks, FindATotalWithoutAnySale) {
  run_sql(
      "INSERT INTO sales_daily (product_id, day, quantity, revision) "
      "VALUES ('hat', 20001, 1, 2)");
  EXPECT_EQ(broken(), Promises{"S8"});
  EXPECT_TRUE(is_named("product hat on 2024-10-05: 0 sold, 1 recorded"));
}

TEST_F(StoredChecks, CountASaleOnTheDayOfTheShopsTimeZone) {
  // 15:30 in UTC is half past midnight of the next day in Seoul.
  run_sql("UPDATE orders SET completed_at = 1728055800000000 WHERE order_id = 1");
  EXPECT_EQ(broken(), Promises{"S8"});
  EXPECT_TRUE(is_named("product cup on 2024-10-05: 1 sold, 0 recorded"));
}

TEST_F(StoredChecks, FindStockBelowZero) {
  run_sql("UPDATE products SET stock = -1 WHERE product_id = 'cup'");
  EXPECT_EQ(broken(), Promises{"stock"});
  EXPECT_TRUE(is_named("product cup has a stock of -1"));
}

TEST_F(StoredChecks, FindASubtotalThatItsLinesDoNotCost) {
  run_sql("UPDATE order_lines SET quantity = 2 WHERE order_id = 2");
  EXPECT_EQ(broken(), Promises{"order prices"});
  EXPECT_TRUE(is_named("order 2: the subtotal is 1000, its lines cost 2000"));
}

TEST_F(StoredChecks, FindATotalThatDoesNotAddUp) {
  run_sql("UPDATE orders SET total = 999 WHERE order_id = 2");
  EXPECT_EQ(broken(), Promises{"order prices"});
  EXPECT_TRUE(is_named("order 2: 1000 less 0 is not 999"));
}

TEST_F(StoredChecks, FindADiscountThatItsCouponDoesNotGive) {
  run_sql("UPDATE orders SET discount = 451, total = 4049 WHERE order_id = 1");
  EXPECT_EQ(broken(), Promises{"order prices"});
  EXPECT_TRUE(is_named("order 1: the discount is 451, coupon 1073741825 gives 450"));
}

TEST_F(StoredChecks, FindADiscountWithoutACoupon) {
  run_sql("UPDATE orders SET discount = 1, total = 999 WHERE order_id = 2");
  EXPECT_EQ(broken(), Promises{"order prices"});
  EXPECT_TRUE(is_named("order 2 has a discount of 1 and no coupon"));
}

TEST_F(StoredChecks, FindAnOrderWithoutLines) {
  run_sql("DELETE FROM order_lines WHERE order_id = 2");
  EXPECT_EQ(broken(), Promises{"order prices"});
  EXPECT_TRUE(is_named("order 2 has no lines"));
}

TEST_F(StoredChecks, FindACouponThatAnOrderTookAndThatDoesNotKnowIt) {
  run_sql("UPDATE coupons SET order_id = NULL WHERE coupon_id = 1073741825");
  EXPECT_EQ(broken(), Promises{"order coupons"});
  EXPECT_TRUE(is_named("order 1 is completed with coupon 1073741825, which is not used by it"));
}

TEST_F(StoredChecks, FindAUsedCouponWhoseOrderDoesNotHoldIt) {
  run_sql("UPDATE coupons SET order_id = 2 WHERE coupon_id = 1073741826");
  EXPECT_EQ(broken(), Promises{"order coupons"});
  EXPECT_TRUE(is_named("coupon 1073741826 is used by order 2, which does not hold it"));
}

TEST_F(StoredChecks, FindACancelledOrderThatKeepsItsCoupon) {
  run_sql("UPDATE coupons SET order_id = 3 WHERE coupon_id = 1073741827");
  EXPECT_EQ(broken(), Promises{"order coupons"});
  EXPECT_TRUE(is_named("order 3 is cancelled and still holds coupon 1073741827"));
}

TEST_F(StoredChecks, FindACouponUsedBySomebodyElse) {
  run_sql("UPDATE orders SET user_id = 'eve' WHERE order_id = 1");
  EXPECT_EQ(broken(), Promises{"order coupons"});
  EXPECT_TRUE(is_named("order 1 of user eve uses coupon 1073741825 of user ann"));
}

TEST_F(StoredChecks, LookAtOneEventWhenAsked) {
  run_sql("UPDATE coupon_events SET quantity = 2 WHERE event_id = 1");
  EXPECT_EQ(broken(CouponEventId{2}), Promises{});
  EXPECT_EQ(broken(CouponEventId{1}), Promises{"S1"});
}

TEST_F(StoredChecks, SayThatThereIsNoSuchEvent) {
  const Result<Verification> verification = check(CouponEventId{77});
  ASSERT_TRUE(verification.has_error());
  EXPECT_EQ(verification.error().code, Errc::not_found);
}

TEST_F(StoredChecks, AreMendedByARecountThatEveryBoardFollows) {
  run_sql(
      "UPDATE sales_daily SET quantity = 99 WHERE product_id = 'pen';"
      "DELETE FROM sales_daily WHERE product_id = 'cup';"
      "INSERT INTO sales_daily (product_id, day, quantity, revision) "
      "VALUES ('hat', 20001, 1, 2)");
  ASSERT_EQ(broken(), Promises{"S8"});
  sqlite::SqliteSalesStore sales;
  const auto recount = [&] {
    return with_database([&](Database& database) {
      return database.write_and_wait([&](Transaction& transaction) {
        return recount_sales(transaction, records_, sales, calendar_);
      });
    });
  };
  const Result<Recount> first = recount();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->product_days, 3);
  EXPECT_EQ(first->corrected, 3);
  EXPECT_EQ(first->revision, ranking::Revision{3});
  EXPECT_EQ(broken(), Promises{});

  const auto changes = with_database([&](Database& database) {
    return database.read_and_wait([&](Transaction& transaction) {
      return sales.changes(transaction, DayWindow{.last = {20001}, .days = 3}, ranking::Revision{2},
                           ranking::latest_revision, 100);
    });
  });
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(changes->state.revision, ranking::Revision{3});
  EXPECT_EQ(changes->totals.size(), 3U);

  const Result<Recount> second = recount();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->corrected, 0);
}

}  // namespace
}  // namespace rushline::verify
