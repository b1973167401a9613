// Words failures; see failure.hpp.
#include "app/failure.hpp"

#include <fmt/format.h>

namespace rushline::app {
namespace {

// What helps in general when the failure does not say so itself.
std::string next_of(const StartFailure& failure) {
  if (const auto* verb_failure = dynamic_cast<const VerbFailure*>(&failure)) {
    return verb_failure->next();
  }
  switch (failure.exit_code()) {
    case ExitCode::usage:
      return "see `rushline --help`";
    case ExitCode::configuration:
      return "see `rushline config show --origin` for where each value comes from";
    case ExitCode::unreachable:
      return "check the address, and that what it names is there";
    case ExitCode::timed_out:
      return "try again; whether it was done is unknown, repeating does no harm";
    case ExitCode::internal:
      return "this should not happen: please report it with `rushline version`";
    default:
      return fmt::format("docs/errors.md explains '{}'", failure.code());
  }
}

}  // namespace

VerbFailure usage_failure(const std::string& sentence, std::string next) {
  return {ExitCode::usage, "usage", sentence, std::move(next)};
}

void print_failure(Console& console, const StartFailure& failure) {
  Stream& err = console.err;
  err.line(fmt::format("{} {}", err.in(Ink::red, "rushline:"), failure.what()));
  const std::string next = next_of(failure);
  if (!next.empty()) err.line(fmt::format("  {} {}", err.in(Ink::dim, "next:"), next));
  err.line(fmt::format("  {} {}", err.in(Ink::dim, "code:"), failure.code()));
}

}  // namespace rushline::app
