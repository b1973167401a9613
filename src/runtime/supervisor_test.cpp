// The messages arrive as systemd wants them, at both kinds of sockets; without one nothing happens.
#include "runtime/supervisor.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace rushline::runtime {
namespace {

using std::chrono::microseconds;

// What a service manager listens on. `name` as NOTIFY_SOCKET says it.
class Listener {
 public:
  explicit Listener(const std::string& name) : descriptor_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const std::size_t size =
        offsetof(sockaddr_un, sun_path) + name.size() + (name.front() == '@' ? 0 : 1);
    is_bound_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                       static_cast<socklen_t>(size)) == 0;
  }
  ~Listener() { ::close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  bool is_bound() const { return is_bound_; }

  // The message that has arrived; "" when there is none.
  std::string heard() const {
    std::array<char, 1024> buffer{};
    const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  int descriptor_;
  bool is_bound_ = false;
};

void expect_all_messages(const std::string& name) {
  const Listener listener(name);
  ASSERT_TRUE(listener.is_bound()) << name;
  const Supervisor supervisor(name, microseconds(0));
  EXPECT_TRUE(supervisor.ready("listening on http://127.0.0.1:1"));
  EXPECT_TRUE(supervisor.alive());
  EXPECT_TRUE(supervisor.stopping("draining"));
  EXPECT_EQ(listener.heard(), "READY=1\nSTATUS=listening on http://127.0.0.1:1");
  EXPECT_EQ(listener.heard(), "WATCHDOG=1");
  EXPECT_EQ(listener.heard(), "STOPPING=1\nSTATUS=draining");
  EXPECT_EQ(listener.heard(), "");
}

TEST(Supervisor, IsToldAtAPath) {
  const tests::TemporaryFolder folder;
  expect_all_messages(folder / "notify");
}

TEST(Supervisor, IsToldInTheAbstractNamespace) {
  expect_all_messages("@rushline-test-" + std::to_string(::getpid()));
}

TEST(Supervisor, IsNotMissedWhereThereIsNone) {
  const Supervisor supervisor("", microseconds(0));
  EXPECT_TRUE(supervisor.ready("ready"));
  EXPECT_TRUE(supervisor.alive());
  EXPECT_TRUE(supervisor.stopping("draining"));
}

TEST(Supervisor, SaysWhenNobodyListensOrTheNameIsNone) {
  const tests::TemporaryFolder folder;
  const std::string too_long = "/" + std::string(200, 'x');
  for (const std::string& name : {folder / "nobody", std::string("vsock:2:1"), too_long}) {
    const auto told = Supervisor(name, microseconds(0)).alive();
    ASSERT_TRUE(told.has_error()) << name;
    EXPECT_EQ(told.error().code, Errc::unavailable) << name;
  }
}

// Sets variables of the process, and takes them away again.
class SupervisorEnvironmentTest : public testing::Test {
 protected:
  ~SupervisorEnvironmentTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  static microseconds watchdog_time(const std::string& time, const std::string& pid) {
    ::setenv("WATCHDOG_USEC", time.c_str(), 1);
    ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    return Supervisor::of_process().watchdog_time();
  }
};

TEST_F(SupervisorEnvironmentTest, SaysWhoIsToldAndHowOften) {
  const tests::TemporaryFolder folder;
  const Listener listener(folder / "notify");
  ::setenv("NOTIFY_SOCKET", (folder / "notify").c_str(), 1);
  EXPECT_EQ(Supervisor::of_process().watchdog_time(), microseconds(0));
  EXPECT_EQ(watchdog_time("60000000", std::to_string(::getpid())), std::chrono::minutes(1));
  EXPECT_TRUE(Supervisor::of_process().alive());
  EXPECT_EQ(listener.heard(), "WATCHDOG=1");
}

TEST_F(SupervisorEnvironmentTest, IsIgnoredWhereItIsBadOrMeansAnotherProcess) {
  const std::string own = std::to_string(::getpid());
  EXPECT_EQ(watchdog_time("60000000", "1"), microseconds(0));
  for (const char* time : {"", "x", "-5", "0", "60s", "99999999999999999999"}) {
    EXPECT_EQ(watchdog_time(time, own), microseconds(0)) << time;
  }
}

}  // namespace
}  // namespace rushline::runtime
