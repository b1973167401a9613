// The verb `serve` as the command line gives it; what it does is in serve.cpp.
#include "app/configured.hpp"
#include "app/serve.hpp"
#include "app/verbs.hpp"

namespace rushline::app {

ExitCode serve_verb(const Arguments& arguments, Console&) {
  return serve(configuration_of(arguments).settings);
}

}  // namespace rushline::app
