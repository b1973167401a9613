// Runs a server until the first SIGTERM or SIGINT has drained it.
#include "app/serve.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <future>
#include <string_view>

#include "app/server.hpp"
#include "runtime/log.hpp"
#include "runtime/signals.hpp"

namespace rushline::app {

ExitCode serve(const runtime::Settings& settings) {
  runtime::ignore_broken_pipes();
  // Said at every level of the log, and as plain lines unless JSON was asked for: whoever has
  // started the server waits for them.
  runtime::Log json(runtime::LogLevel::info, runtime::LogFormat::json);
  const auto announce = [&](std::string_view what) {
    if (settings.log_format == runtime::LogFormat::json) return json.info(what);
    fmt::print(stderr, "{}\n", what);
    std::fflush(stderr);
  };
  Server server(settings);
  std::promise<void> ended;
  const runtime::EndSignals signals([&](int) {
    announce("draining; a second signal ends at once");
    server.drain();
    ended.set_value();
  });
  if (settings.keys_file.empty()) {
    announce("no API keys: only this machine can call, and whoever does may do all");
  }
  announce("listening on " + server.address());
  ended.get_future().wait();
  return ExitCode::ok;
}

}  // namespace rushline::app
