// Runs a server until the first SIGTERM or SIGINT has drained it.
#include "app/serve.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <future>

#include "app/server.hpp"
#include "runtime/signals.hpp"

namespace rushline::app {

ExitCode serve(const runtime::Settings& settings) {
  runtime::ignore_broken_pipes();
  Server server(settings);
  std::promise<void> ended;
  const runtime::EndSignals signals([&](int) {
    fmt::print(stderr, "draining; a second signal ends at once\n");
    server.drain();
    ended.set_value();
  });
  if (settings.keys_file.empty()) {
    fmt::print(stderr, "no API keys: only this machine can call, and whoever does may do all\n");
  }
  fmt::print(stderr, "listening on {}\n", server.address());
  std::fflush(stderr);
  ended.get_future().wait();
  return ExitCode::ok;
}

}  // namespace rushline::app
