// A trace is taken from what is well formed, and from nothing else.
#include "http/trace_context.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rushline::http {
namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string good = "00-" + trace + "-00f067aa0ba902b7-01";

TEST(TraceContext, NamesTheTraceOfTheRequest) {
  EXPECT_EQ(trace_context_of(good).trace_id, trace);
  EXPECT_EQ(trace_context_of(good).parent_id, "00f067aa0ba902b7");
  EXPECT_EQ(trace_context_of("00-" + trace + "-00f067aa0ba902b7-00").trace_id, trace);
}

TEST(TraceContext, TakesLaterVersionsWithMoreAtTheEnd) {
  EXPECT_EQ(trace_context_of("cc" + good.substr(2)).trace_id, trace);
  EXPECT_EQ(trace_context_of("cc" + good.substr(2) + "-what-comes").trace_id, trace);
}

TEST(TraceContext, IgnoresWhatIsMalformed) {
  const std::string zeros(32, '0');
  const std::string upper = "4BF92F3577B34DA6A3CE929D0E0E4736";
  for (const std::string& bad :
       {std::string(), std::string("x"), good + "x", good + "-more", "ff" + good.substr(2),
        "0g" + good.substr(2), "00-" + zeros + "-00f067aa0ba902b7-01",
        "00-" + trace + "-0000000000000000-01", "00-" + upper + "-00f067aa0ba902b7-01",
        "00_" + trace + "-00f067aa0ba902b7-01", "00-" + trace + "-00f067aa0ba902b7-0x",
        "cc" + good.substr(2) + "more", good + ", " + good}) {
    EXPECT_EQ(trace_context_of(bad).trace_id, "") << bad;
  }
}

RC_GTEST_PROP(TraceContext, GivesThirtyTwoDigitsOrNothing, (const std::string& text)) {
  const std::size_t size = trace_context_of(text).trace_id.size();
  RC_ASSERT(size == 0 || size == 32);
}

}  // namespace
}  // namespace rushline::http
