// Why a process could not start or a verb could not do its work: the sentence and the exit code.
#pragma once

#include <stdexcept>
#include <string>

#include "core/result.hpp"

namespace rushline::app {

// Exit codes as the contract of the command line names them.
enum class ExitCode : int {
  ok = 0,
  internal = 1,
  usage = 2,
  configuration = 3,
  unreachable = 4,
  refused = 5,
  discrepancy = 6,
  threshold_missed = 7,
  degraded = 8,
  timed_out = 9,
};

// The exit code of an error that ends a process.
constexpr ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::configuration:
    case Errc::invalid_input:
    case Errc::schema_too_new:
      return ExitCode::configuration;
    case Errc::unavailable:
    case Errc::overloaded:
      return ExitCode::unreachable;
    case Errc::timed_out:
      return ExitCode::timed_out;
    case Errc::corrupt:
      return ExitCode::internal;
    default:
      return ExitCode::refused;
  }
}

// What, where, why, what to do next; `code` is a stable word of docs/errors.md.
class StartFailure : public std::runtime_error {
 public:
  StartFailure(ExitCode exit_code, std::string code, const std::string& sentence)
      : std::runtime_error(sentence), exit_code_(exit_code), code_(std::move(code)) {}

  // The error of a dependency or of the configuration, with the exit code of its kind.
  explicit StartFailure(const Error& error)
      : StartFailure(exit_code_of(error.code), std::string(to_word(error.code)), error.detail) {}

  ExitCode exit_code() const { return exit_code_; }
  const std::string& code() const { return code_; }

 private:
  ExitCode exit_code_;  // constant
  std::string code_;    // constant
};

}  // namespace rushline::app
