// Histories are read strictly: a line that cannot be right is named.
#include "verify/history.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace rushline::verify {
namespace {

History read(std::string_view line) {
  History history;
  const Result<void> added = add_line(line, history);
  EXPECT_TRUE(added.has_value()) << line;
  return history;
}

TEST(History, ReadsAnIssuedCoupon) {
  const History history =
      read(R"({"op":3,"user":"ann","event":7,"invoke_us":10,"complete_us":25,"outcome":"issued",)"
           R"("coupon_id":77,"issue_no":4})");
  ASSERT_EQ(history.presses.size(), 1U);
  const Press& press = history.presses[0];
  EXPECT_EQ(press.op, 3);
  EXPECT_EQ(press.ask, Ask::request);
  EXPECT_EQ(press.user.view(), "ann");
  EXPECT_EQ(press.event.value, 7);
  EXPECT_EQ(press.when.invoke_us, 10);
  EXPECT_EQ(press.when.complete_us, 25);
  EXPECT_EQ(press.told, Told::issued);
  EXPECT_EQ(press.coupon, CouponId{77});
  EXPECT_EQ(press.issue_no, 4);
}

TEST(History, ReadsARequestThatWasNeverAnswered) {
  const History history =
      read(R"({"op":1,"user":"a","event":1,"invoke_us":1,"outcome":"timeout"})");
  EXPECT_EQ(history.presses.at(0).told, Told::timeout);
  EXPECT_FALSE(history.presses[0].when.complete_us.has_value());
}

TEST(History, ReadsALookAtARequest) {
  const History history =
      read(R"({"kind":"query","op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,)"
           R"("outcome":"queued","position":9})");
  EXPECT_EQ(history.presses.at(0).ask, Ask::query);
  EXPECT_EQ(history.presses[0].position, 9);
}

TEST(History, ReadsWhatOperatorsDid) {
  const History raised =
      read(R"({"kind":"raise","op":1,"event":2,"invoke_us":1,"complete_us":2,"quantity":30})");
  EXPECT_EQ(raised.changes.at(0).change, Change::raise);
  EXPECT_EQ(raised.changes[0].quantity, 30);
  EXPECT_EQ(raised.changes[0].ended, Ended::done);
  const History paused = read(R"({"kind":"pause","op":1,"event":2,"invoke_us":1})");
  EXPECT_EQ(paused.changes.at(0).change, Change::pause);
  EXPECT_EQ(paused.changes[0].ended, Ended::unknown);
}

TEST(History, ReadsOrdersSalesListsAndFaults) {
  EXPECT_EQ(read(R"({"kind":"order","op":1,"key":"k","invoke_us":1,"complete_us":2,"order_id":8})")
                .orders.at(0)
                .order,
            OrderId{8});
  EXPECT_EQ(read(R"({"kind":"sale","op":1,"purchase_id":"p","product_id":"pen","quantity":3,)"
                 R"("day":20000,"invoke_us":1,"complete_us":2})")
                .sales.at(0)
                .day,
            Day{20'000});
  EXPECT_EQ(
      read(R"({"kind":"take_back","op":1,"purchase_id":"p","invoke_us":1})").taken_back.at(0).ended,
      Ended::unknown);
  const History list =
      read(R"({"kind":"list","op":1,"server":"a","list":"3d","day":20000,"revision":5,)"
           R"("invoke_us":1,"complete_us":2,"items":[{"product_id":"pen","score":3}]})");
  EXPECT_EQ(list.list_reads.at(0).entries.at(0), (Score{*ProductId::parse("pen"), 3}));
  EXPECT_EQ(read(R"({"kind":"fault","what":"redis killed","invoke_us":1})").faults.at(0).what,
            "redis killed");
}

TEST(History, RefusesALineThatCannotBeRight) {
  for (const char* line :
       {"", "[]", "{", R"({"op":1})",
        R"({"op":1,"user":"a b","event":1,"invoke_us":1,"complete_us":2,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":"1","invoke_us":1,"complete_us":2,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,"outcome":"won"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,"outcome":"none"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":1,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":3,"complete_us":2,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,"outcome":"issued"})",
        R"({"kind":"raise","op":1,"event":2,"invoke_us":1,"complete_us":2,"quantity":0})",
        R"({"kind":"order","op":1,"key":"k","invoke_us":1,"complete_us":2})",
        R"({"kind":"list","op":1,"server":"a","list":"3d","day":1,"revision":5,"invoke_us":1,)"
        R"("complete_us":2,"items":[{"product_id":"pen"}]})",
        R"({"kind":"dream","op":1,"invoke_us":1})"}) {
    History history;
    const Result<void> added = add_line(line, history);
    ASSERT_TRUE(added.has_error()) << line;
    EXPECT_EQ(added.error().code, Errc::unreadable) << line;
  }
}

TEST(History, NamesTheLineThatIsWrong) {
  const std::string path = testing::TempDir() + "history_test.jsonl";
  std::ofstream(path)
      << R"({"op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,"outcome":"sold_out"})"
      << "\nnot a line\n";
  History history;
  const Result<void> added = read_history(path, history);
  ASSERT_TRUE(added.has_error());
  EXPECT_NE(added.error().detail.find("history_test.jsonl:2: "), std::string::npos);
}

TEST(History, SaysThatAFileIsNotThere) {
  History history;
  const Result<void> added = read_history("/nonexistent/history.jsonl", history);
  ASSERT_TRUE(added.has_error());
  EXPECT_EQ(added.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace rushline::verify
