// The table of settings. docs/config.md repeats it for people, settings_test.cpp compares them.
#include "runtime/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/shop_calendar.hpp"

namespace rushline::runtime {
namespace {

using Refusal = std::optional<std::string>;

constexpr std::string_view address_words =
    "HOST:PORT with an IP address or localhost, such as "
    "127.0.0.1:8080 or [::1]:8080; port 0 picks a free one";
constexpr std::string_view database_words =
    "sqlite:PATH or postgresql://USER@HOST:PORT/NAME, such as sqlite:./rushline.db";
constexpr std::string_view redis_words =
    "redis://HOST:PORT/DB, sentinel://HOST:PORT,HOST:PORT/NAME or cluster://HOST:PORT,HOST:PORT; "
    "rediss, sentinels or clusters for the same over TLS; only beside PostgreSQL";
constexpr std::string_view pooler_words = "none or transaction";
constexpr std::string_view level_words = "debug, info, warning, error or off";
constexpr std::string_view format_words = "auto, text or json";

Refusal must_be(std::string_view words) { return fmt::format("must be {}", words); }

Refusal take_listen(Settings& settings, std::string_view text) {
  const auto address = parse_listen_address(text);
  if (!address) return must_be(address_words);
  settings.listen = *address;
  return std::nullopt;
}

Refusal take_admin_listen(Settings& settings, std::string_view text) {
  settings.admin_listen = parse_listen_address(text);
  if (!text.empty() && !settings.admin_listen) return must_be(address_words);
  return std::nullopt;
}

Refusal take_keys(Settings& settings, std::string_view text) {
  settings.keys_file = text;
  return std::nullopt;
}

Refusal take_shopper_secrets(Settings& settings, std::string_view text) {
  settings.shopper_secrets_file = text;
  return std::nullopt;
}

Refusal take_cors_origins(Settings& settings, std::string_view text) {
  settings.http_cors_origins = text;
  return std::nullopt;
}

Refusal take_database(Settings& settings, std::string_view text) {
  constexpr std::array<std::string_view, 3> schemes = {"sqlite:", "postgresql://", "postgres://"};
  const bool is_known = std::ranges::any_of(schemes, [text](std::string_view scheme) {
    return text.starts_with(scheme) && text.size() > scheme.size();
  });
  if (!is_known) return must_be(database_words);
  settings.database_url = text;
  return std::nullopt;
}

template <class Value, std::size_t count>
bool take_word(const std::array<std::pair<std::string_view, Value>, count>& words,
               std::string_view text, Value& value) {
  const auto* const found =
      std::ranges::find(words, text, [](const auto& row) { return row.first; });
  if (found == words.end()) return false;
  value = found->second;
  return true;
}

Refusal take_pooler(Settings& settings, std::string_view text) {
  constexpr std::array<std::pair<std::string_view, bool>, 2> words = {
      {{"none", false}, {"transaction", true}}};
  return take_word(words, text, settings.database_pooled) ? std::nullopt : must_be(pooler_words);
}

Refusal take_redis(Settings& settings, std::string_view text) {
  constexpr std::array<std::string_view, 6> schemes = {"redis://",     "rediss://",  "sentinel://",
                                                       "sentinels://", "cluster://", "clusters://"};
  const bool is_known = std::ranges::any_of(schemes, [text](std::string_view scheme) {
    return text.starts_with(scheme) && text.size() > scheme.size();
  });
  if (!text.empty() && !is_known) return must_be(redis_words);
  settings.redis_url = text;
  return std::nullopt;
}

Refusal take_redis_tls_ca(Settings& settings, std::string_view text) {
  settings.redis_tls_ca_file = text;
  return std::nullopt;
}

Refusal take_time_zone(Settings& settings, std::string_view text) {
  if (text.empty() || ShopCalendar::in_zone(text).has_error()) {
    return must_be("the IANA name of a time zone, such as Asia/Seoul");
  }
  settings.time_zone = text;
  return std::nullopt;
}

Refusal take_log_level(Settings& settings, std::string_view text) {
  constexpr std::array<std::pair<std::string_view, LogLevel>, 5> words = {{
      {"debug", LogLevel::debug},
      {"info", LogLevel::info},
      {"warning", LogLevel::warning},
      {"error", LogLevel::error},
      {"off", LogLevel::off},
  }};
  return take_word(words, text, settings.log_level) ? std::nullopt : must_be(level_words);
}

Refusal take_log_format(Settings& settings, std::string_view text) {
  constexpr std::array<std::pair<std::string_view, LogFormat>, 3> words = {{
      {"auto", LogFormat::automatic},
      {"text", LogFormat::text},
      {"json", LogFormat::json},
  }};
  return take_word(words, text, settings.log_format) ? std::nullopt : must_be(format_words);
}

constexpr std::size_t to_size(std::int64_t number) { return static_cast<std::size_t>(number); }

constexpr std::array<Setting, 29> table = {{
    {.key = "listen",
     .default_text = "127.0.0.1:8080",
     .allowed = address_words,
     .environment = "RUSHLINE_LISTEN",
     .flag = "--listen",
     .description = "Where the server listens. Other than loopback only with `keys`.",
     .take_text = take_listen},
    {.key = "admin_listen",
     .allowed = address_words,
     .environment = "RUSHLINE_ADMIN_LISTEN",
     .flag = "--admin-listen",
     .description = "Moves administration, metrics and health to a listener of their own.",
     .take_text = take_admin_listen},
    {.key = "keys",
     .allowed = "the path of a file",
     .environment = "RUSHLINE_KEYS",
     .flag = "--keys",
     .description = "File of hashed API keys (`rushline key create`). Without it everybody who "
                    "reaches the server may do everything.",
     .take_text = take_keys},
    {.key = "shopper_secrets",
     .allowed = "the path of a file that others cannot read",
     .environment = "RUSHLINE_SHOPPER_SECRETS",
     .flag = "--shopper-secrets",
     .description = "File of the secrets with which the shop signs tokens for its shoppers "
                    "(`rushline key create --shopper`). Only beside `keys`.",
     .take_text = take_shopper_secrets},
    {.key = "database.url",
     .default_text = "sqlite:./rushline.db",
     .allowed = database_words,
     .environment = "RUSHLINE_DATABASE",
     .flag = "--database",
     .description = "The database. In the file also `database = \"...\"`.",
     .may_hold_secret = true,
     .take_text = take_database},
    {.key = "database.readers",
     .default_text = "2",
     .min = 1,
     .max = 64,
     .environment = "RUSHLINE_DATABASE_READERS",
     .flag = "--database-readers",
     .description = "Threads that read from the database, each with a connection of its own.",
     .take_number = [](Settings& s, std::int64_t n) { s.database_readers = to_size(n); }},
    {.key = "database.writers",
     .default_text = "4",
     .min = 1,
     .max = 64,
     .environment = "RUSHLINE_DATABASE_WRITERS",
     .flag = "--database-writers",
     .description = "Threads that write to PostgreSQL, each with a connection of its own. SQLite "
                    "has one writer.",
     .take_number = [](Settings& s, std::int64_t n) { s.database_writers = to_size(n); }},
    {.key = "database.pooler",
     .default_text = "none",
     .allowed = pooler_words,
     .environment = "RUSHLINE_DATABASE_POOLER",
     .flag = "--database-pooler",
     .description = "transaction when PgBouncer, or the like, hands out PostgreSQL's sessions by "
                    "transaction: nothing is then kept in a session.",
     .take_text = take_pooler},
    {.key = "redis.url",
     .allowed = redis_words,
     .environment = "RUSHLINE_REDIS",
     .flag = "--redis",
     .description = "The waiting room and ranking board that several servers share. Without it: "
                    "direct mode. In the file also `redis = \"...\"`.",
     .may_hold_secret = true,
     .take_text = take_redis},
    {.key = "redis.tls_ca_file",
     .allowed = "the path of a file in PEM form",
     .environment = "RUSHLINE_REDIS_TLS_CA_FILE",
     .flag = "--redis-tls-ca-file",
     .description = "Certificates that Redis' own is checked against, over TLS. Without it: those "
                    "that the system trusts.",
     .take_text = take_redis_tls_ca},
    {.key = "redis.wait_replicas",
     .default_text = "0",
     .min = 0,
     .max = 10,
     .environment = "RUSHLINE_REDIS_WAIT_REPLICAS",
     .flag = "--redis-wait-replicas",
     .description =
         "Replicas that must have a place in line before it is told; fewer in time is an "
         "unknown outcome, and the request asks again.",
     .take_number = [](Settings& s,
                       std::int64_t n) { s.redis_wait_replicas = static_cast<int>(n); }},
    {.key = "shop.time_zone",
     .default_text = "Asia/Seoul",
     .allowed = "the IANA name of a time zone",
     .environment = "RUSHLINE_SHOP_TIME_ZONE",
     .flag = "--shop-time-zone",
     .description = "Whose midnight divides the days of the best-seller lists and of coupons. A "
                    "database keeps the zone it was made with.",
     .take_text = take_time_zone},
    {.key = "http.threads",
     .default_text = "0",
     .min = 0,
     .max = 256,
     .environment = "RUSHLINE_HTTP_THREADS",
     .flag = "--http-threads",
     .description = "Event loops that serve connections; 0 is one per processor.",
     .take_number = [](Settings& s, std::int64_t n) { s.http_threads = to_size(n); }},
    {.key = "http.connections_max",
     .default_text = "20000",
     .min = 1,
     .max = 1'000'000,
     .environment = "RUSHLINE_HTTP_CONNECTIONS_MAX",
     .flag = "--http-connections-max",
     .description = "Connections at a time; one more is answered 503 and closed. The admin "
                    "listener has 100 of its own.",
     .take_number = [](Settings& s, std::int64_t n) { s.http_connections_max = to_size(n); }},
    {.key = "http.key_rate",
     .default_text = "0",
     .unit = "per second",
     .min = 0,
     .max = limits::rate_per_second_max,
     .environment = "RUSHLINE_HTTP_KEY_RATE",
     .flag = "--http-key-rate",
     .description = "Requests per second that one API key may make, on this server; more are "
                    "answered 429. 0 is no limit. Without keys all callers together are one.",
     .take_number = [](Settings& s, std::int64_t n) { s.http_key_rate = n; }},
    {.key = "http.key_burst",
     .default_text = "0",
     .min = 0,
     .max = limits::rate_burst_max,
     .environment = "RUSHLINE_HTTP_KEY_BURST",
     .flag = "--http-key-burst",
     .description = "Requests of one API key that may come at once after a pause. 0 is as many as "
                    "in one second.",
     .take_number = [](Settings& s, std::int64_t n) { s.http_key_burst = n; }},
    {.key = "http.user_rate",
     .default_text = "0",
     .unit = "per second",
     .min = 0,
     .max = limits::rate_per_second_max,
     .environment = "RUSHLINE_HTTP_USER_RATE",
     .flag = "--http-user-rate",
     .description =
         "Requests per second that one user may make with a token, or that keys may make for the "
         "user's coupons, on this server; more are answered 429. 0 is no limit.",
     .take_number = [](Settings& s, std::int64_t n) { s.http_user_rate = n; }},
    {.key = "http.user_burst",
     .default_text = "0",
     .min = 0,
     .max = limits::rate_burst_max,
     .environment = "RUSHLINE_HTTP_USER_BURST",
     .flag = "--http-user-burst",
     .description =
         "Requests of one user that may come at once after a pause. 0 is as many as in one second.",
     .take_number = [](Settings& s, std::int64_t n) { s.http_user_burst = n; }},
    {.key = "http.body_bytes_max",
     .default_text = "4194304",
     .unit = "bytes",
     .min = 1'024,
     .max = 67'108'864,
     .environment = "RUSHLINE_HTTP_BODY_BYTES_MAX",
     .flag = "--http-body-bytes-max",
     .description = "Size of a request's body; a larger one is answered 413.",
     .take_number = [](Settings& s, std::int64_t n) { s.http_body_bytes_max = to_size(n); }},
    {.key = "http.cors_origins",
     .allowed = "origins with commas between them, such as https://shop.example",
     .environment = "RUSHLINE_HTTP_CORS_ORIGINS",
     .flag = "--http-cors-origins",
     .description = "Whose pages may call from a browser. Without it: those of no other origin.",
     .take_text = take_cors_origins},
    {.key = "http.drain_delay_seconds",
     .default_text = "0",
     .unit = "seconds",
     .min = 0,
     .max = 600,
     .environment = "RUSHLINE_HTTP_DRAIN_DELAY_SECONDS",
     .flag = "--http-drain-delay-seconds",
     .description = "How long a server that was told to end says so at /readyz and still takes new "
                    "connections: until every load balancer has seen it.",
     .take_number = [](Settings& s,
                       std::int64_t n) { s.http_drain_delay = std::chrono::seconds(n); }},
    {.key = "http.drain_seconds",
     .default_text = "20",
     .unit = "seconds",
     .min = 0,
     .max = 600,
     .environment = "RUSHLINE_HTTP_DRAIN_SECONDS",
     .flag = "--http-drain-seconds",
     .description = "How long a server that was told to end lets requests in hand finish.",
     .take_number = [](Settings& s,
                       std::int64_t n) { s.http_drain_time = std::chrono::seconds(n); }},
    {.key = "orders.unpaid_minutes",
     .default_text = "30",
     .unit = "minutes",
     .min = 1,
     .max = 43'200,
     .environment = "RUSHLINE_ORDERS_UNPAID_MINUTES",
     .flag = "--orders-unpaid-minutes",
     .description = "How long a placed order holds stock and coupon before it expires unpaid.",
     .take_number = [](Settings& s, std::int64_t n) { s.unpaid_time = std::chrono::minutes(n); }},
    {.key = "coupons.verdict_wait_ms",
     .default_text = "2000",
     .unit = "milliseconds",
     .min = 0,
     .max = 30'000,
     .environment = "RUSHLINE_COUPONS_VERDICT_WAIT_MS",
     .flag = "--coupons-verdict-wait-ms",
     .description = "How long a coupon request waits for its verdict before it is answered 202, "
                    "unless it says `Prefer: wait=SECONDS`.",
     .take_number = [](Settings& s,
                       std::int64_t n) { s.verdict_wait = std::chrono::milliseconds(n); }},
    {.key = "coupons.drain_interval_ms",
     .default_text = "100",
     .unit = "milliseconds",
     .min = 10,
     .max = 10'000,
     .environment = "RUSHLINE_COUPONS_DRAIN_INTERVAL_MS",
     .flag = "--coupons-drain-interval-ms",
     .description =
         "How often the line of an event is looked at without a reason. Whoever joins it "
         "is a reason to look at once.",
     .take_number = [](Settings& s,
                       std::int64_t n) { s.drain_interval = std::chrono::milliseconds(n); }},
    {.key = "coupons.line_max",
     .default_text = "1000000",
     .min = 1,
     .max = 100'000'000,
     .environment = "RUSHLINE_COUPONS_LINE_MAX",
     .flag = "--coupons-line-max",
     .description = "Places in the line of one event at a time; one more is answered 503 "
                    "`line_full`. Counts from when the line is installed.",
     .take_number = [](Settings& s, std::int64_t n) { s.line_max = n; }},
    {.key = "log.level",
     .default_text = "info",
     .allowed = level_words,
     .environment = "RUSHLINE_LOG_LEVEL",
     .flag = "--log-level",
     .description = "The least important kind of line that is still written.",
     .take_text = take_log_level},
    {.key = "log.format",
     .default_text = "auto",
     .allowed = format_words,
     .environment = "RUSHLINE_LOG_FORMAT",
     .flag = "--log-format",
     .description = "auto is text on a terminal and JSON lines elsewhere.",
     .take_text = take_log_format},
    {.key = "log.slow_request_ms",
     .default_text = "1000",
     .unit = "milliseconds",
     .min = 1,
     .max = 600'000,
     .environment = "RUSHLINE_LOG_SLOW_REQUEST_MS",
     .flag = "--log-slow-request-ms",
     .description = "A request that takes longer than this, beyond what it asked to wait, has a "
                    "line of its own, as one that fails has.",
     .take_number = [](Settings& s,
                       std::int64_t n) { s.slow_request_time = std::chrono::milliseconds(n); }},
}};

Error exposed(std::string_view key, const ListenAddress& address) {
  return fail(
      Errc::configuration,
      fmt::format("{} = {} can be reached from other machines, and without API keys "
                  "everybody who reaches it may do everything. Make keys with `rushline key "
                  "create` and name their file with --keys, or listen on 127.0.0.1.",
                  key, to_text(address)));
}

}  // namespace

std::span<const Setting> all_settings() { return table; }

const Setting* find_setting(std::string_view key) {
  const auto* const found = std::ranges::find(table, key, &Setting::key);
  return found == table.end() ? nullptr : found;
}

std::string allowed_values(const Setting& setting) {
  if (!setting.is_number()) return std::string(setting.allowed);
  return fmt::format("an integer from {} to {}", setting.min, setting.max);
}

Result<void> check_exposure(const Settings& settings) {
  if (!settings.keys_file.empty()) return {};
  if (!is_loopback(settings.listen)) return exposed("listen", settings.listen);
  if (settings.admin_listen && !is_loopback(*settings.admin_listen)) {
    return exposed("admin_listen", *settings.admin_listen);
  }
  return {};
}

bool shows_metrics_to_all(const Settings& settings) {
  return !settings.admin_listen && !is_loopback(settings.listen);
}

Result<void> check_shopper_secrets(const Settings& settings) {
  if (settings.shopper_secrets_file.empty() || !settings.keys_file.empty()) return {};
  return fail(Errc::configuration,
              "shopper_secrets without keys: who sends no token could still do everything. Make "
              "keys with `rushline key create` and name their file with --keys.");
}

Result<void> check_redis(const Settings& settings) {
  if (settings.redis_url.empty() || !settings.database_url.starts_with("sqlite:")) return {};
  return fail(
      Errc::configuration,
      "redis.url cannot be used with SQLite: Redis joins several servers on one PostgreSQL, "
      "while SQLite belongs to one server, which decides requests directly. Leave --redis "
      "out, or give --database postgresql://...");
}

}  // namespace rushline::runtime
