// The verb `serve`: a server until a signal ends it.
#pragma once

#include "app/start_failure.hpp"
#include "runtime/settings.hpp"

namespace rushline::app {

// Prints "listening on http://HOST:PORT" on stderr once ready, and returns ExitCode::ok after a
// drain. Throws StartFailure when the start cannot succeed. Call it from the main thread, once.
ExitCode serve(const runtime::Settings& settings);

}  // namespace rushline::app
