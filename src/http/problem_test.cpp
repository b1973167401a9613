// From errors to answers.
#include "http/problem.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rushline::http {
namespace {

TEST(Problem, HasAKindForEveryErrc) {
  for (int code = 0; code <= static_cast<int>(Errc::configuration); ++code) {
    EXPECT_EQ(kind_of(static_cast<Errc>(code)).code, to_word(static_cast<Errc>(code)));
  }
}

TEST(Problem, HasAKindForEveryRefusal) {
  EXPECT_EQ(kind_of(Refusal::unauthorized).status, 401);
  EXPECT_EQ(kind_of(Refusal::forbidden).status, 403);
  EXPECT_EQ(kind_of(Refusal::method_not_allowed).status, 405);
  EXPECT_EQ(kind_of(Refusal::request_timeout).status, 408);
  EXPECT_EQ(kind_of(Refusal::payload_too_large).status, 413);
  EXPECT_EQ(kind_of(Refusal::uri_too_long).status, 414);
  EXPECT_EQ(kind_of(Refusal::unsupported_media_type).status, 415);
  EXPECT_EQ(kind_of(Refusal::expectation_failed).status, 417);
  EXPECT_EQ(kind_of(Refusal::rate_limited).status, 429);
  EXPECT_EQ(kind_of(Refusal::header_too_large).status, 431);
  EXPECT_EQ(kind_of(Refusal::internal).status, 500);
  EXPECT_EQ(kind_of(Refusal::line_full).code, "line_full");
  EXPECT_EQ(kind_of(Refusal::too_many_connections).code, "too_many_connections");
}

TEST(Problem, HasOneWordForEachKind) {
  std::set<std::string_view> words;
  for (const ProblemKind& kind : all_problem_kinds()) words.insert(kind.code);
  EXPECT_EQ(words.size(), all_problem_kinds().size());
}

TEST(Problem, SaysWhatWhereAndWhy) {
  const Reply reply = problem(
      {Errc::invalid_input, "Two fields are \"wrong\".", {{"a", "is no number"}, {"b", "x"}}},
      RequestId{0xab});
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.content_type, "application/problem+json");
  EXPECT_EQ(reply.retry_after_s, 0U);
  EXPECT_EQ(reply.body,
            R"({"type":"/docs/errors#invalid_input","title":"Some input is not valid",)"
            R"("status":422,"detail":"Two fields are \"wrong\".","code":"invalid_input",)"
            R"("request_id":"00000000000000ab","retryable":false,)"
            R"("errors":[{"field":"a","message":"is no number"},{"field":"b","message":"x"}]})");
}

TEST(Problem, AlwaysSaysWhenToComeBack) {
  for (int code = 0; code <= static_cast<int>(Errc::configuration); ++code) {
    std::set<std::uint32_t> waits;
    for (std::uint64_t id = 0; id < 32; ++id) {
      waits.insert(problem(fail(static_cast<Errc>(code), "."), RequestId{id}).retry_after_s);
    }
    const bool is_503 = kind_of(static_cast<Errc>(code)).status == 503;
    EXPECT_EQ(waits, is_503 ? std::set<std::uint32_t>({1, 2}) : std::set<std::uint32_t>({0}));
  }
  EXPECT_GT(problem(Refusal::rate_limited, ".", {}).retry_after_s, 0U);
}

TEST(Problem, NeverSaysToComeBackTooEarly) {
  using std::chrono::seconds;
  for (std::uint64_t id = 0; id < 32; ++id) {
    EXPECT_GE(problem(fail(Errc::overloaded, ".", seconds{5}), RequestId{id}).retry_after_s, 5U);
    EXPECT_GE(problem(Refusal::line_full, ".", RequestId{id}, seconds{5}).retry_after_s, 5U);
  }
}

TEST(Problem, AsksForAKey) {
  EXPECT_NE(problem(Refusal::unauthorized, ".", {}).headers.find("WWW-Authenticate: Bearer"),
            std::string::npos);
}

}  // namespace
}  // namespace rushline::http
