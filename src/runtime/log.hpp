// What the server tells its operator: one line per thing that happened, with fields that machines
// read.
//
// Text for people on a terminal, JSON lines for everything else. Times are UTC.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

namespace spdlog {
class logger;
}

namespace rushline::runtime {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

enum class LogFormat : std::uint8_t {
  automatic,  // text when the stream is a terminal, else json
  text,       // 2026-01-02T03:04:05.678Z info    listening address=127.0.0.1:8080
  json,       // {"time":"...","level":"info","message":"listening","address":"127.0.0.1:8080"}
};

// Lives as long as the call that it is given to.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  LogField(std::string_view name, bool flag) : key(name), value(flag) {}
  template <std::signed_integral Number>
  LogField(std::string_view name, Number number)
      : key(name), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>)
  LogField(std::string_view name, Number number)
      : key(name), value(static_cast<std::uint64_t>(number)) {}
  LogField(std::string_view name, double number) : key(name), value(number) {}

  std::string_view key;  // snake_case
  Value value;
};

// Safe to call from any thread. A call writes its line before it returns and may block as long as
// the stream does, so it is for what happens seldom, never for every request. Secrets are taken out
// (runtime/redact.hpp), control characters and broken UTF-8 are escaped: a line stays one line.
class Log {
 public:
  // `stream` must outlive the log.
  Log(LogLevel level, LogFormat format, std::FILE* stream = stderr);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {});
  void info(std::string_view message, std::initializer_list<LogField> fields = {});
  void warning(std::string_view message, std::initializer_list<LogField> fields = {});
  void error(std::string_view message, std::initializer_list<LogField> fields = {});
  // For a level and fields that are known only when it is said.
  void write(LogLevel level, std::string_view message, std::span<const LogField> fields);

 private:
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    write(level, message, std::span(fields.begin(), fields.size()));
  }

  bool is_json_;                            // constant
  std::unique_ptr<spdlog::logger> logger_;  // constant; locks by itself
};

}  // namespace rushline::runtime
