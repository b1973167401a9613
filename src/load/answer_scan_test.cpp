// The generator's reading of answers: what a press ended with, from the bytes alone.
#include "load/answer_scan.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rushline::load {
namespace {

constexpr std::string_view issued =
    "HTTP/1.1 201 Created\r\ncontent-length: 87\r\nContent-Type: application/json\r\n\r\n"
    R"({"state":"issued","coupon_id":1073741830,"issue_no":6,"expires_at":null,"repeat":false})";

TEST(AnswerScan, ReadsAnIssuedVerdict) {
  ScannedAnswer answer;
  ASSERT_EQ(scan_answer(issued, answer), Scan::complete);
  EXPECT_EQ(answer.status, 201);
  EXPECT_TRUE(answer.keep_alive);
  EXPECT_EQ(answer.bytes, issued.size());
  const ScannedVerdict verdict = scan_verdict(answer.status, answer.body);
  EXPECT_EQ(verdict.outcome, Outcome::issued);
  EXPECT_EQ(verdict.coupon_id, 1073741830);
  EXPECT_EQ(verdict.issue_no, 6);
}

TEST(AnswerScan, WaitsForEveryByteOfTheAnswer) {
  for (std::size_t bytes = 0; bytes < issued.size(); ++bytes) {
    ScannedAnswer answer;
    EXPECT_EQ(scan_answer(issued.substr(0, bytes), answer), Scan::more) << bytes;
  }
}

TEST(AnswerScan, TellsTheKindsOfAnswersApart) {
  EXPECT_EQ(
      scan_verdict(200, R"({"state": "issued", "coupon_id": 1, "issue_no": 2, "repeat": true})")
          .outcome,
      Outcome::repeat);
  EXPECT_EQ(scan_verdict(200, R"({"state":"sold_out"})").outcome, Outcome::sold_out);
  EXPECT_EQ(scan_verdict(202, R"({"state":"queued","position":null})").outcome, Outcome::queued);
  EXPECT_EQ(scan_verdict(202, R"({"state":"queued","position":null})").position, std::nullopt);
  EXPECT_EQ(scan_verdict(202, R"({"state":"queued","position":12})").position, 12);
  const ScannedVerdict paused = scan_verdict(409, R"({"status":409,"code":"event_paused"})");
  EXPECT_EQ(paused.outcome, Outcome::refused);
  EXPECT_EQ(paused.code, "event_paused");
  EXPECT_EQ(scan_verdict(503, R"({"code":"line_full"})").outcome, Outcome::refused);
}

TEST(AnswerScan, CountsWhatMakesNoSenseAsAnError) {
  EXPECT_EQ(scan_verdict(200, "{}").outcome, Outcome::error);
  EXPECT_EQ(scan_verdict(201, R"({"state":"issued","repeat":false})").outcome, Outcome::error);
  EXPECT_EQ(scan_verdict(500, R"({"code":"internal"})").outcome, Outcome::error);
  EXPECT_EQ(scan_verdict(503, "overloaded").outcome, Outcome::error);
  EXPECT_EQ(scan_verdict(302, "").outcome, Outcome::error);
}

TEST(AnswerScan, RefusesWhatIsNotHttpWithALength) {
  ScannedAnswer answer;
  EXPECT_EQ(scan_answer("SSH-2.0-OpenSSH\r\n\r\n", answer), Scan::broken);
  EXPECT_EQ(scan_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", answer),
            Scan::broken);
  EXPECT_EQ(scan_answer("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", answer), Scan::broken);
}

TEST(AnswerScan, SeesThatTheConnectionEnds) {
  ScannedAnswer answer;
  ASSERT_EQ(
      scan_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", answer),
      Scan::complete);
  EXPECT_FALSE(answer.keep_alive);
  ASSERT_EQ(scan_answer("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", answer), Scan::complete);
  EXPECT_FALSE(answer.keep_alive);
}

RC_GTEST_PROP(AnswerScan, TakesAnyBytesWithoutReadingBeyondThem, (std::string bytes)) {
  ScannedAnswer answer;
  scan_answer(bytes, answer);
  scan_answer("HTTP/1.1 " + bytes + "\r\n\r\n", answer);
  scan_verdict(200, bytes);
  scan_verdict(409, bytes);
}

}  // namespace
}  // namespace rushline::load
