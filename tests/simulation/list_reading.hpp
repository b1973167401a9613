// Takes a best-seller list apart again, as a client would: from its body and its ETag.
#pragma once

#include <cstdint>
#include <vector>

#include "ranking/popular_list.hpp"
#include "verify/operations.hpp"

namespace rushline::tests {

struct ReadList {
  std::int64_t revision = 0;
  Day day;  // the last of its window
  bool is_stale = false;
  std::vector<verify::Score> entries;
};

// Of bytes that list_json.cpp made; anything else ends the process.
ReadList read_list(const ranking::ListBytes& bytes);

}  // namespace rushline::tests
