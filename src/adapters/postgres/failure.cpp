// SQLSTATE by SQLSTATE. Details are left out: they quote the values of rows.
#include "adapters/postgres/failure.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

namespace rushline::postgres {
namespace {

std::string_view field(const pg_result& result, int code) {
  const char* text = PQresultErrorField(&result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

bool is_any_of(std::string_view state, std::initializer_list<std::string_view> states) {
  for (const std::string_view one : states) {
    if (state == one) return true;
  }
  return false;
}

Error unavailable(std::string_view name, std::string_view message, std::string_view state) {
  return fail(Errc::unavailable, fmt::format("The PostgreSQL database {} failed: {} (SQLSTATE {}).",
                                             name, one_line(message), state));
}

// Errors of a set-up that no repetition heals.
Error misconfigured(std::string_view name, std::string_view message, std::string_view state) {
  if (is_any_of(state, {"26000", "42P05"})) {
    return fail(Errc::configuration,
                fmt::format("The PostgreSQL database {} is behind a pooler that hands out its "
                            "sessions by transaction. Set database.pooler to transaction.",
                            name));
  }
  return fail(Errc::configuration,
              fmt::format("The PostgreSQL database {} does not let Rushline work: {}. Check its "
                          "schema with 'rushline migrate status' and the rights of the user.",
                          name, one_line(message)));
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\t') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

std::string lost_sentence(std::string_view name, const char* words) {
  const std::string said = one_line(words);
  return fmt::format("The connection to the PostgreSQL database {} was lost{}{}. Ask again.", name,
                     said.empty() ? "" : ": ", said);
}

Failure failure_of(const pg_result& result, std::string_view name) {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  const std::string_view message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const bool is_fatal = severity == "FATAL" || severity == "PANIC";
  if (is_fatal || state.starts_with("08") || state.starts_with("57P")) {
    return {.error = unavailable(name, message, state),
            .may_rerun = true,
            .ends_connection = true,
            .was_idle = state == "25P03"};
  }
  if (is_any_of(state, {"40001", "40P01"})) return {unavailable(name, message, state), true, false};
  if (state == "25006") {  // the primary was made a replica
    return {unavailable(name, message, state), true, true};
  }
  if (is_any_of(state, {"55P03", "57014"})) {
    return {.error = fail(Errc::timed_out,
                          fmt::format("The PostgreSQL database {} took too long: {}. Ask again.",
                                      name, one_line(message))),
            .met_held_row = state == "55P03"};
  }
  if (state.starts_with("23") || state.starts_with("22")) {
    return {fail(Errc::corrupt, fmt::format("The PostgreSQL database {} refused a change that "
                                            "would break its rules: {}.",
                                            name, one_line(message)))};
  }
  if (state == "26000" || state.starts_with("42") || state.starts_with("28") ||
      state.starts_with("3D")) {
    return {misconfigured(name, message, state)};
  }
  return {unavailable(name, message, state)};
}

}  // namespace rushline::postgres
