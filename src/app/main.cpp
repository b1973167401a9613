// The program: reads the command line, runs one verb, and turns what went wrong into a sentence and
// an exit code.
#include <fmt/format.h>

#include <exception>
#include <string>
#include <vector>

#include "app/failure.hpp"
#include "app/verbs.hpp"
#include "core/fail_point.hpp"
#include "runtime/environment.hpp"
#include "runtime/signals.hpp"

namespace rushline::app {
namespace {

void arm_fail_points() {
  const auto point = runtime::environment_variable("RUSHLINE_FAIL_POINT");
  if (point && !arm_fail_point(*point)) {
    throw VerbFailure(ExitCode::configuration, "configuration",
                      fmt::format("RUSHLINE_FAIL_POINT names no fail point: {}", *point),
                      "write RUSHLINE_FAIL_POINT=NAME or NAME:N; src/core/fail_point.cpp has the "
                      "names");
  }
}

ExitCode run(const std::vector<std::string>& words, Console& console) {
  arm_fail_points();
  const ParsedCommand command = parse_command(all_verbs(), words);
  ExitCode code = ExitCode::ok;
  if (command.verb == nullptr) {
    console.out.write(command.help);
  } else {
    code = command.verb->run(command.arguments, console);
  }
  console.out.flush();
  if (!console.out.is_sound()) {
    throw VerbFailure(ExitCode::internal, "internal", "the output could not be written",
                      "look whether the disk is full or the reader has gone");
  }
  return code;
}

}  // namespace
}  // namespace rushline::app

int main(int argc, char** argv) {
  using namespace rushline;
  runtime::ignore_broken_pipes();
  app::Console console = app::Console::of_process();
  try {
    return static_cast<int>(app::run(std::vector<std::string>(argv + 1, argv + argc), console));
  } catch (const app::StartFailure& failure) {
    app::print_failure(console, failure);
    return static_cast<int>(failure.exit_code());
  } catch (const std::exception& error) {
    app::print_failure(console,
                       app::StartFailure(app::ExitCode::internal, "internal",
                                         fmt::format("an unexpected error: {}", error.what())));
    return static_cast<int>(app::ExitCode::internal);
  }
}
