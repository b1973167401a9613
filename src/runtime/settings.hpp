// Every setting of the server: the typed values, and one table that says how each is given.
//
// docs/config.md is the same table for people; a test compares the two. How the values of a start
// come together is in runtime/configuration.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/limits.hpp"
#include "core/result.hpp"
#include "runtime/listen_address.hpp"
#include "runtime/log.hpp"

namespace rushline::runtime {

// What a start is given. The initial values are the defaults of the table.
struct Settings {
  ListenAddress listen{"127.0.0.1", 8080};
  std::optional<ListenAddress> admin_listen = std::nullopt;  // nothing = everything on `listen`
  std::string keys_file = {};                                // empty = no API keys
  std::string shopper_secrets_file = {};                     // empty = no shopper tokens
  std::string database_url = "sqlite:./rushline.db";
  std::size_t database_readers = 2;
  std::size_t database_writers = 4;  // PostgreSQL only: SQLite has one
  bool database_pooled = false;      // PostgreSQL only: behind a pooler that hands out transactions
  std::string redis_url = {};        // empty = direct mode
  std::string redis_tls_ca_file = {};  // empty = what the system trusts
  int redis_wait_replicas = 0;         // that must have a place before it is told
  std::string time_zone = "Asia/Seoul";
  std::size_t http_threads = 0;  // 0 = one per processor
  std::size_t http_connections_max = limits::http_connections_max;
  std::int64_t http_key_rate = 0;    // requests per second; 0 = as fast as they like
  std::int64_t http_key_burst = 0;   // 0 = as many as in one second
  std::int64_t http_user_rate = 0;   // the same for users
  std::int64_t http_user_burst = 0;  // the same for users
  std::size_t http_body_bytes_max = limits::http_body_bytes_max;
  std::string http_cors_origins = {};  // a list with commas; empty = no pages of other origins
  std::chrono::seconds http_drain_delay = limits::drain_delay_default;
  std::chrono::seconds http_drain_time = limits::drain_time_max;
  std::chrono::minutes unpaid_time = limits::unpaid_order_time;
  std::chrono::milliseconds verdict_wait = limits::verdict_wait_default;
  std::chrono::milliseconds drain_interval = limits::drain_interval_default;
  std::int64_t line_max = limits::line_cap_default;  // places in line of one event
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  std::chrono::milliseconds slow_request_time = limits::slow_request_time_default;

  friend bool operator==(const Settings&, const Settings&) = default;
};

// A row of the table. Constant; its views live as long as the program.
struct Setting {
  std::string_view key = {};           // as in the file: "http.threads"
  std::string_view default_text = {};  // as somebody would write it; empty = none
  std::string_view unit = {};          // of a number; empty = it counts things, or is no number
  std::string_view allowed = {};       // of a text, in words
  std::int64_t min = 0;                // of a number
  std::int64_t max = 0;
  std::string_view environment = {};  // "RUSHLINE_HTTP_THREADS"
  std::string_view flag = {};         // "--http-threads"
  std::string_view description = {};
  bool may_hold_secret = false;  // a URL; shown through redact_url() only

  // Exactly one is set: takes the value into the settings. A text that cannot be right is refused;
  // then the result says what would be ("must be ...").
  void (*take_number)(Settings& settings, std::int64_t number) = nullptr;
  std::optional<std::string> (*take_text)(Settings& settings, std::string_view text) = nullptr;

  bool is_number() const { return take_number != nullptr; }
};

// In the order in which they are shown. Safe to call from any thread.
std::span<const Setting> all_settings();
// Nothing when there is no such key.
const Setting* find_setting(std::string_view key);
// What a value may be, in words: "an integer from 0 to 256", or the row's `allowed`.
std::string allowed_values(const Setting& setting);

// Errc::configuration with what to do when somebody on another machine could reach the server and
// no API keys say who may do what.
Result<void> check_exposure(const Settings& settings);

// Whether everybody who reaches the shop's listener from another machine can read the metrics
// there, for which no key is asked.
bool shows_metrics_to_all(const Settings& settings);

// Errc::configuration when there are secrets for shoppers, but no keys that others would need.
Result<void> check_shopper_secrets(const Settings& settings);

// Errc::configuration with the reason when Redis is given beside SQLite.
Result<void> check_redis(const Settings& settings);

}  // namespace rushline::runtime
