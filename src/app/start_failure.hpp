// Why a process could not start or a verb could not do its work: the sentence and the exit code.
#pragma once

#include <stdexcept>
#include <string>

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

// What, where, why, what to do next; `code` is a stable word of docs/errors.md.
class StartFailure : public std::runtime_error {
 public:
  StartFailure(ExitCode exit_code, std::string code, const std::string& sentence)
      : std::runtime_error(sentence), exit_code_(exit_code), code_(std::move(code)) {}

  ExitCode exit_code() const { return exit_code_; }
  const std::string& code() const { return code_; }

 private:
  ExitCode exit_code_;  // constant
  std::string code_;    // constant
};

}  // namespace rushline::app
