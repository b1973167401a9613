// Reads single variables; see environment.hpp.
#include "runtime/environment.hpp"

#include <cstdlib>

namespace rushline::runtime {

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

}  // namespace rushline::runtime
