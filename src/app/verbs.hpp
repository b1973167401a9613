// Every verb of the program: the table is in verbs.cpp, each verb in a file of its own.
#pragma once

#include <span>

#include "app/command_line.hpp"

namespace rushline::app {

// In the order of the overview. Safe to call from any thread.
std::span<const Verb> all_verbs();

// A verb's work; see Verb::run. The names are those of the verbs.
ExitCode serve_verb(const Arguments& arguments, Console& console);
ExitCode demo(const Arguments& arguments, Console& console);
ExitCode event_create(const Arguments& arguments, Console& console);
ExitCode event_list(const Arguments& arguments, Console& console);
ExitCode event_show(const Arguments& arguments, Console& console);
ExitCode event_pause(const Arguments& arguments, Console& console);
ExitCode event_resume(const Arguments& arguments, Console& console);
ExitCode event_close(const Arguments& arguments, Console& console);
ExitCode rank_top(const Arguments& arguments, Console& console);
ExitCode rank_rebuild(const Arguments& arguments, Console& console);
ExitCode claim(const Arguments& arguments, Console& console);
ExitCode load_verb(const Arguments& arguments, Console& console);
ExitCode doctor_verb(const Arguments& arguments, Console& console);
ExitCode verify_verb(const Arguments& arguments, Console& console);
ExitCode migrate_status(const Arguments& arguments, Console& console);
ExitCode migrate_up(const Arguments& arguments, Console& console);
ExitCode config_show(const Arguments& arguments, Console& console);
ExitCode config_validate(const Arguments& arguments, Console& console);
ExitCode key_create(const Arguments& arguments, Console& console);
ExitCode completion_bash(const Arguments& arguments, Console& console);
ExitCode version_verb(const Arguments& arguments, Console& console);

}  // namespace rushline::app
