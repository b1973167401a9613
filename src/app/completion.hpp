// The completion script for bash, made from the table of verbs.
#pragma once

#include <span>
#include <string>

#include "app/command_line.hpp"

namespace rushline::app {

// Completes verbs, their second words, options, the choices of an option, and files.
std::string bash_completion(std::span<const Verb> verbs);

}  // namespace rushline::app
