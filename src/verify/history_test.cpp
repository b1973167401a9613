// Histories are read strictly: a line that cannot be right is named.
#include "verify/history.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace rushline::verify {
namespace {

TEST(History, ReadsAnIssuedCoupon) {
  const Result<Operation> operation = parse_operation(
      R"({"op":3,"user":"ann","event":7,"invoke_us":10,"complete_us":25,"outcome":"issued",)"
      R"("coupon_id":77,"issue_no":4})");
  ASSERT_TRUE(operation.has_value());
  EXPECT_EQ(operation->op, 3);
  EXPECT_EQ(operation->user.view(), "ann");
  EXPECT_EQ(operation->event.value, 7);
  EXPECT_EQ(operation->invoke_us, 10);
  EXPECT_EQ(operation->complete_us, 25);
  EXPECT_EQ(operation->told, Told::issued);
  EXPECT_EQ(operation->coupon, CouponId{77});
  EXPECT_EQ(operation->issue_no, 4);
}

TEST(History, ReadsARequestThatWasNeverAnswered) {
  const Result<Operation> operation =
      parse_operation(R"({"op":1,"user":"a","event":1,"invoke_us":1,"outcome":"timeout"})");
  ASSERT_TRUE(operation.has_value());
  EXPECT_EQ(operation->told, Told::timeout);
  EXPECT_FALSE(operation->complete_us.has_value());
}

TEST(History, RefusesALineThatCannotBeRight) {
  for (const char* line :
       {"", "[]", "{", R"({"op":1})",
        R"({"op":1,"user":"a b","event":1,"invoke_us":1,"complete_us":2,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":"1","invoke_us":1,"complete_us":2,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,"outcome":"won"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":1,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":3,"complete_us":2,"outcome":"sold_out"})",
        R"({"op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,"outcome":"issued"})"}) {
    const Result<Operation> operation = parse_operation(line);
    ASSERT_TRUE(operation.has_error()) << line;
    EXPECT_EQ(operation.error().code, Errc::unreadable) << line;
  }
}

TEST(History, NamesTheLineThatIsWrong) {
  const std::string path = testing::TempDir() + "history_test.jsonl";
  std::ofstream(path)
      << R"({"op":1,"user":"a","event":1,"invoke_us":1,"complete_us":2,"outcome":"sold_out"})"
      << "\nnot a line\n";
  std::vector<Operation> operations;
  const Result<void> read = read_history(path, operations);
  ASSERT_TRUE(read.has_error());
  EXPECT_NE(read.error().detail.find("history_test.jsonl:2: "), std::string::npos);
}

TEST(History, SaysThatAFileIsNotThere) {
  std::vector<Operation> operations;
  const Result<void> read = read_history("/nonexistent/history.jsonl", operations);
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace rushline::verify
