// How the program says that something did not work: what, where, why, what to do next, and a stable
// code. The only place that words errors for people at a terminal.
#pragma once

#include <string>

#include "app/console.hpp"
#include "app/start_failure.hpp"

namespace rushline::app {

// A failure that knows better than its code what to do next.
class VerbFailure : public StartFailure {
 public:
  VerbFailure(ExitCode exit_code, std::string code, const std::string& sentence, std::string next)
      : StartFailure(exit_code, std::move(code), sentence), next_(std::move(next)) {}

  const std::string& next() const { return next_; }

 private:
  std::string next_;  // constant
};

// A wrong command line.
VerbFailure usage_failure(const std::string& sentence, std::string next);

// Writes the failure to stderr:
//
//   rushline: connecting to http://127.0.0.1:8080 failed: Connection refused
//     next: start a server with `rushline serve`, or name another with --target
//     code: unavailable
void print_failure(Console& console, const StartFailure& failure);

// The value, or the error as a failure with the exit code of its kind.
template <class T>
T value_or_fail(Result<T> result) {
  if (result.has_error()) throw StartFailure(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace rushline::app
