// The soft limit is raised as far as allowed, and never lowered.
#include "runtime/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace rushline::runtime {
namespace {

TEST(Descriptors, AreAllowedAsFarAsTheHardLimitGoes) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);

  EXPECT_EQ(allow_descriptors(100), 100U);
  EXPECT_EQ(allow_descriptors(50), 100U) << "never fewer";
  EXPECT_LE(allow_descriptors(1'000'000'000'000), before.rlim_max);
  EXPECT_GE(allow_descriptors(0), 100U);

  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace rushline::runtime
