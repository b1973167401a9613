// A file carried inside the program: what the headers "generated/*.hpp" hand out
// (cmake/embed.cmake says how a file gets there).
#pragma once

#include <string_view>

namespace rushline::generated {

// Both views point at constants of the program and stay valid as long as it runs.
struct File {
  std::string_view name;   // file name without the folder, such as "0001_products.sql"
  std::string_view bytes;  // the content, byte for byte
};

}  // namespace rushline::generated
