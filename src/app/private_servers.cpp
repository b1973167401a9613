// initdb, postgres, createdb; redis-server.
#include "app/private_servers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/failure.hpp"

namespace rushline::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto command_time_max = 60s;

[[noreturn]] void not_installed(std::string_view what, std::string_view package) {
  throw VerbFailure(ExitCode::unreachable, "unavailable", fmt::format("{} is not installed", what),
                    fmt::format("install it (on Debian: apt-get install {}), or run the demo "
                                "without --distributed",
                                package));
}

// Debian keeps PostgreSQL's programs by version; others have them where programs are.
fs::path postgres_programs() {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(version.path() / "bin/postgres")) found.push_back(version.path() / "bin");
  }
  if (!found.empty()) return *std::max_element(found.begin(), found.end());
  for (const char* folder : {"/usr/bin", "/usr/local/bin"}) {
    if (fs::exists(fs::path(folder) / "initdb")) return folder;
  }
  not_installed("PostgreSQL", "postgresql");
}

fs::path redis_program() {
  for (const char* folder : {"/usr/bin", "/usr/local/bin"}) {
    if (fs::exists(fs::path(folder) / "redis-server")) return fs::path(folder) / "redis-server";
  }
  not_installed("Redis", "redis-server");
}

}  // namespace

PrivateServers::PrivateServers(const std::string& folder) {
  value_or_fail(runtime::give_to_unprivileged_user(folder));
  start_redis(folder);
  start_postgres(folder);
}

std::string PrivateServers::database_url() const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/demo", postgres_port_);
}

std::string PrivateServers::redis_url() const {
  return fmt::format("redis://127.0.0.1:{}/0", redis_port_);
}

void PrivateServers::start_postgres(const std::string& folder) {
  const fs::path programs = postgres_programs();
  const std::string data = folder + "/postgres";
  const std::string log = folder + "/postgres.log";
  const std::string initdb = programs / "initdb";
  run({initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
       "--no-sync"},
      log, "PostgreSQL's initdb");
  postgres_port_ = runtime::free_loopback_port();
  const std::string port = std::to_string(postgres_port_);
  processes_.push_back(value_or_fail(runtime::ChildProcess::start(
      {programs / "postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c",
       "unix_socket_directories=" + folder},
      log)));
  // createdb waits for nothing: it is asked again until the server listens.
  const std::vector<std::string> create = {
      programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "demo"};
  for (int attempt = 1;; ++attempt) {
    auto child = value_or_fail(runtime::ChildProcess::start(create, log));
    if (child.wait(command_time_max) == 0) return;
    if (attempt == 100 || processes_.back().wait(100ms)) break;
  }
  throw VerbFailure(
      ExitCode::unreachable, "unavailable", "PostgreSQL does not come up",
      fmt::format("start it by hand as the demo does: {}/postgres -D DATA", programs.string()));
}

void PrivateServers::start_redis(const std::string& folder) {
  const std::string program = redis_program();
  redis_port_ = runtime::free_loopback_port();
  processes_.push_back(value_or_fail(runtime::ChildProcess::start(
      {program, "--bind", "127.0.0.1", "--port", std::to_string(redis_port_), "--dir", folder,
       "--save", "", "--appendonly", "yes"},
      folder + "/redis.log")));
  if (processes_.back().wait(100ms)) {
    throw VerbFailure(ExitCode::unreachable, "unavailable", "Redis does not come up",
                      fmt::format("start it by hand: {}", program));
  }
}

void PrivateServers::run(const std::vector<std::string>& command, const std::string& log,
                         const char* what) {
  auto child = value_or_fail(runtime::ChildProcess::start(command, log));
  const auto code = child.wait(command_time_max);
  if (code == 0) return;
  throw VerbFailure(ExitCode::unreachable, "unavailable", fmt::format("{} failed", what),
                    fmt::format("run it by hand to see why: {}", command.front()));
}

}  // namespace rushline::app
