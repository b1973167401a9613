// Joins adapters and rules: each dependency is looked at by its own adapter.
#include "app/doctor_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "adapters/postgres/postgres_facts.hpp"
#include "adapters/redis/redis_facts.hpp"
#include "adapters/sqlite/sqlite_facts.hpp"
#include "app/failure.hpp"
#include "app/postgres_address.hpp"
#include "app/redis_side.hpp"
#include "app/remote.hpp"
#include "app/stored_shop.hpp"
#include "app/values.hpp"
#include "core/limits.hpp"
#include "runtime/machine.hpp"
#include "runtime/version.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

// The hosts of a PostgreSQL address stand with commas between them.
std::int64_t hosts_of(const postgres::Address& address) {
  for (const auto& [keyword, value] : address.parameters()) {
    if (keyword == "host") return 1 + std::ranges::count(value, ',');
  }
  return 1;
}

doctor::IntendedServer intended_server(const runtime::Settings& settings) {
  doctor::IntendedServer server;
  server.connections_max = static_cast<std::int64_t>(settings.http_connections_max);
  server.redis_wait_replicas = settings.redis_wait_replicas;
  server.drain_delay = settings.http_drain_delay;
  server.is_reachable_from_outside = !runtime::is_loopback(settings.listen);
  server.time_zone = settings.time_zone;
  if (is_postgres(settings)) {
    server.database_connections =
        static_cast<std::int64_t>(settings.database_readers + settings.database_writers);
    server.database_hosts = hosts_of(value_or_fail(postgres_address_of(settings)));
  }
  return server;
}

doctor::DatabaseFacts look_at_database(const runtime::Settings& settings, const Clock& clock) {
  if (is_postgres(settings)) {
    return postgres::look_at(value_or_fail(postgres_address_of(settings)), clock);
  }
  const std::string path = sqlite_path_of(settings);
  doctor::DatabaseFacts facts = sqlite::look_at(path);
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  facts.sqlite->folder_is_writable = runtime::may_write(folder);
  facts.sqlite->file_system = runtime::file_system_of(folder);
  if (const auto room = runtime::disk_room(folder)) {
    facts.sqlite->disk_bytes = doctor::Room{room->free_bytes, room->total_bytes};
  }
  return facts;
}

// A client with the thread that drives it.
class RunningRedis {
 public:
  RunningRedis(const redis::Address& address, const runtime::Settings& settings, const Clock& clock)
      : client_(value_or_fail(
            redis::NetworkClient::open(address, {settings.redis_tls_ca_file}, clock))) {
    threads_.start("redis", [this] { client_->run(); });
  }
  ~RunningRedis() {
    client_->stop();
    threads_.join();
  }

  redis::NetworkClient& client() { return *client_; }

 private:
  std::unique_ptr<redis::NetworkClient> client_;
  runtime::Threads threads_;
};

doctor::RedisFacts look_at_primary(const redis::Address& address, const runtime::Settings& settings,
                                   const Clock& clock) {
  RunningRedis running(address, settings, clock);
  if (wait_until_healthy(running.client(), clock, limits::doctor_redis_time_max)) {
    return redis::look_at(running.client(), clock);
  }
  doctor::RedisFacts facts;
  facts.unreachable = fmt::format("it did not answer as a primary within {} s.",
                                  std::chrono::seconds(limits::doctor_redis_time_max).count());
  return facts;
}

// As the map of the Cluster names them, also those that are away; nobody when no node that is
// configured tells the map in time.
std::vector<redis::PrimaryState> primaries_of(const redis::Address& cluster,
                                              const runtime::Settings& settings,
                                              const Clock& clock) {
  RunningRedis running(cluster, settings, clock);
  const Monotonic deadline = clock.monotonic() + limits::doctor_redis_time_max;
  while (running.client().primaries().empty() && clock.monotonic() < deadline) {
    std::this_thread::sleep_for(limits::redis_sweep_interval);
  }
  return running.client().primaries();
}

// In a Cluster every primary is asked by itself: each has its own settings, users and replicas.
std::vector<doctor::RedisFacts> look_at_redis(const runtime::Settings& settings,
                                              const Clock& clock) {
  const auto address = value_or_fail(redis::Address::parse(settings.redis_url));
  std::vector<doctor::RedisFacts> all;
  if (address.shape == redis::Address::Shape::cluster) {
    for (const auto& primary : primaries_of(address, settings, clock)) {
      auto one = value_or_fail(redis::Address::parse("redis://" + primary.address));
      one.uses_tls = address.uses_tls;
      one.credentials = address.credentials;
      all.push_back(look_at_primary(one, settings, clock));
      all.back().node = primary.address;
    }
    if (all.empty()) {
      all.emplace_back().unreachable = "none of its nodes names the primaries, or lets us in.";
    }
  } else {
    all.push_back(look_at_primary(address, settings, clock));
  }
  for (doctor::RedisFacts& facts : all) facts.name = address.name();
  return all;
}

std::string text_of_field(const json::value& value, std::string_view name) {
  const json::value* field = value.is_object() ? value.get_object().if_contains(name) : nullptr;
  return field != nullptr && field->is_string() ? std::string(field->get_string()) : "";
}

}  // namespace

doctor::Facts collect_facts(const runtime::Settings& settings, const Clock& clock) {
  doctor::Facts facts;
  facts.version = runtime::version();
  facts.intended = intended_server(settings);
  facts.machine = {.open_files_max = runtime::open_files_max(),
                   .clock_is_synchronised = runtime::clock_is_synchronised()};
  facts.database = look_at_database(settings, clock);
  if (!settings.redis_url.empty()) facts.redis = look_at_redis(settings, clock);
  return facts;
}

ServerWords ask_server(const Arguments& arguments, doctor::Facts& facts) {
  const http::TargetUrl target = target_of(arguments);
  doctor::ServerFacts& server = facts.server.emplace();
  server.target = fmt::format("http://{}", target.authority());
  ServerWords words;
  try {
    Remote remote(target, bearer_of(arguments), duration_of(arguments, "--timeout"));
    words.status = remote.get("/v1/status");
    words.metrics = remote.text("/metrics");
  } catch (const VerbFailure& failure) {
    server.unreachable = failure.what();
    return words;
  }
  server.version = text_of_field(words.status, "version");
  const json::value* findings =
      words.status.is_object() ? words.status.get_object().if_contains("findings") : nullptr;
  if (findings != nullptr && findings->is_array()) {
    for (const json::value& finding : findings->get_array()) {
      server.findings.push_back(text_of_field(finding, "code"));
    }
  }
  return words;
}

}  // namespace rushline::app
