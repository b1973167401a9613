// The settings of a verb: its flags over the environment over the file over the defaults.
#pragma once

#include <vector>

#include "app/command_line.hpp"
#include "runtime/configuration.hpp"

namespace rushline::app {

// The options of every setting, and --config; or of those keys alone.
std::vector<Option> setting_options();
std::vector<Option> setting_options(std::initializer_list<std::string_view> keys);

// What the arguments, the environment and the file say. Throws StartFailure
// (ExitCode::configuration).
runtime::Configuration configuration_of(const Arguments& arguments);

}  // namespace rushline::app
