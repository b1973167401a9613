// What PostgreSQL says went wrong, as one of Rushline's errors with a sentence for people.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

struct pg_result;

namespace rushline::postgres {

struct Failure {
  Error error;
  bool may_rerun = false;        // another attempt at the transaction may well succeed
  bool ends_connection = false;  // the session is over, or its server may not be written to
  bool was_idle = false;         // ... because nothing came: a COMMIT was not heard any more
  bool met_held_row = false;     // somebody else held a row for longer than was to be waited
};

// Of a result that is an error, from the database that people know as `name`.
Failure failure_of(const pg_result& result, std::string_view name);

// That the connection is gone, with libpq's words about it.
std::string lost_sentence(std::string_view name, const char* words);

// Text of several lines as one, without an end of sentence.
std::string one_line(std::string_view text);

}  // namespace rushline::postgres
