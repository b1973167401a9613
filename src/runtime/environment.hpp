// Variables of the environment that are no settings: NO_COLOR, TERM, COLUMNS, TMPDIR.
#pragma once

#include <optional>
#include <string>

namespace rushline::runtime {

// Nothing when it is not set. Not while another thread changes the environment.
std::optional<std::string> environment_variable(const char* name);

}  // namespace rushline::runtime
