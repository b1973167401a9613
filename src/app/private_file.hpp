// Files that only their owner may read: keys, bundles for support.
#pragma once

#include <string>
#include <string_view>

namespace rushline::app {

// Makes the file where there is none. Both throw VerbFailure (ExitCode::configuration).
void append_to_private_file(const std::string& path, std::string_view text);
// What stood in the file before is gone.
void write_private_file(const std::string& path, std::string_view text);

}  // namespace rushline::app
