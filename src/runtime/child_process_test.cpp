// A child process is waited for, told by its exit code, and never left behind.
#include "runtime/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/temporary_folder.hpp"

namespace rushline::runtime {
namespace {

using namespace std::chrono_literals;

class ChildProcessTest : public testing::Test {
 protected:
  ChildProcessTest() {
    EXPECT_TRUE(give_to_unprivileged_user(folder_.path().string()).has_value());
  }
  Result<ChildProcess> shell(const std::string& script) {
    return ChildProcess::start({"/bin/sh", "-c", script}, folder_ / "log");
  }

  tests::TemporaryFolder folder_;
};

TEST_F(ChildProcessTest, TellsTheExitCode) {
  auto child = shell("exit 3");
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(child->wait(10s), 3);
}

TEST_F(ChildProcessTest, RunsUntilItIsEnded) {
  pid_t pid = 0;
  {
    auto child = shell("exec sleep 60");
    ASSERT_TRUE(child.has_value());
    pid = child->pid();
    EXPECT_EQ(child->wait(0ms), std::nullopt);
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereEndsAtOnce) {
  auto child = ChildProcess::start({"/nonexistent/program"}, folder_ / "log");
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(child->wait(10s), 127);
}

TEST(FreePort, IsOneThatNobodyListensOn) { EXPECT_GT(free_loopback_port(), 0); }

}  // namespace
}  // namespace rushline::runtime
