// How a line looks, in text and in JSON. spdlog gives it its time and level and writes it.
#include "runtime/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "runtime/redact.hpp"

namespace rushline::runtime {
namespace {

using Stream = spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex>;

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

// Length of the well-formed UTF-8 sequence that begins at `at`; 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool too_large = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || too_large ? 0 : length;
}

// Appends `text` so that it is one line of UTF-8 and can stand between quotes in JSON.
void append_escaped(std::string& line, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    const char c = text[at];
    if (length == 0) {
      line += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      line.append(text, at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  append_escaped(line, text);
  line += '"';
}

void append_text_value(std::string& line, std::string_view text) {
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  });
  if (is_plain) {
    line += text;
  } else {
    append_quoted(line, text);
  }
}

void append_value(std::string& line, const LogField::Value& value, bool is_json) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    const std::string shown = redact(*text);
    is_json ? append_quoted(line, shown) : append_text_value(line, shown);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    line += *flag ? "true" : "false";
  } else if (const auto* real = std::get_if<double>(&value)) {
    line += std::isfinite(*real) ? fmt::format("{}", *real) : std::string("null");
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(line), "{}", *whole);
  } else {
    fmt::format_to(std::back_inserter(line), "{}", std::get<std::uint64_t>(value));
  }
}

std::string json_line(std::string_view message, std::span<const LogField> fields) {
  std::string line = R"("message":)";
  append_quoted(line, redact(message));
  for (const LogField& field : fields) {
    line += ',';
    append_quoted(line, field.key);
    line += ':';
    append_value(line, field.value, true);
  }
  return line;
}

std::string text_line(std::string_view message, std::span<const LogField> fields) {
  std::string line;
  append_escaped(line, redact(message));
  for (const LogField& field : fields) {
    line += ' ';
    append_escaped(line, field.key);
    line += '=';
    append_value(line, field.value, false);
  }
  return line;
}

}  // namespace

Log::Log(LogLevel level, LogFormat format, std::FILE* stream)
    : is_json_(format == LogFormat::json ||
               (format == LogFormat::automatic && ::isatty(::fileno(stream)) == 0)),
      logger_(std::make_unique<spdlog::logger>("rushline", std::make_shared<Stream>(stream))) {
  logger_->set_level(to_spdlog(level));
  logger_->set_pattern(is_json_ ? json_pattern : text_pattern, spdlog::pattern_time_type::utc);
}

Log::~Log() = default;

void Log::debug(std::string_view message, std::initializer_list<LogField> fields) {
  write(LogLevel::debug, message, fields);
}

void Log::info(std::string_view message, std::initializer_list<LogField> fields) {
  write(LogLevel::info, message, fields);
}

void Log::warning(std::string_view message, std::initializer_list<LogField> fields) {
  write(LogLevel::warning, message, fields);
}

void Log::error(std::string_view message, std::initializer_list<LogField> fields) {
  write(LogLevel::error, message, fields);
}

void Log::write(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  const auto spdlog_level = to_spdlog(level);
  if (!logger_->should_log(spdlog_level)) return;
  const std::string line = is_json_ ? json_line(message, fields) : text_line(message, fields);
  logger_->log(spdlog_level, spdlog::string_view_t(line));
}

}  // namespace rushline::runtime
