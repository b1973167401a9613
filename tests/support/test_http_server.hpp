// A real HTTP server inside the test, on a free port of the loopback, with a clock of the test's
// own.
//
//   TestHttpServer server;
//   server.router.add({...});
//   server.start();
//   RawClient client(server.port());
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <string>
#include <string_view>
#include <utility>

#include "http/keyring.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "runtime/event_loops.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::tests {

// Used by the test's thread; handlers run on the loops.
class TestHttpServer {
 public:
  explicit TestHttpServer(const http::ServerLimits& limits = {},
                          http::Access access_rules = http::Access::open(),
                          std::size_t loop_count = 2, http::Cors cors = {},
                          const RateLimit& key_rate = {}, const RateLimit& user_rate = {})
      : keyring(std::move(access_rules)),
        rates(key_rate, user_rate),
        loops(loop_count),
        server(loops, keyring, rates, clock, limits, std::move(cors)) {}
  ~TestHttpServer() { loops.stop(); }

  void start() {
    const auto address = server.listen("127.0.0.1:0", router);
    ASSERT_TRUE(address) << address.error().detail;
    const std::string& text = *address;
    port_ = static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
    loops.start();
  }
  std::uint16_t port() const { return port_; }

  // Runs `work` on a loop and waits for it.
  template <class Work>
  void on_loop(std::size_t index, Work work) {
    std::promise<void> done;
    server.loop(index).post([&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }

  http::Router router;
  ManualClock clock;
  http::Keyring keyring;
  http::RateLimits rates;
  runtime::EventLoops loops;
  http::Server server;

 private:
  std::uint16_t port_ = 0;
};

}  // namespace rushline::tests
