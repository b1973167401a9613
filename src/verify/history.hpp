// Histories read back from files: those of `rushline load --history`, and of whoever else writes
// them. docs/history.md describes the format.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "verify/operations.hpp"

namespace rushline::verify {

// Adds what one line says. Errc::unreadable says what is wrong with it.
Result<void> add_line(std::string_view line, History& history);

// Adds every line of the file at `path`. Errc::unavailable when it cannot be read,
// Errc::unreadable names the line.
Result<void> read_history(const std::string& path, History& history);

}  // namespace rushline::verify
