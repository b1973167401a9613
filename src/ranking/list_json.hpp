// The JSON of a best-seller list, and the ETag that changes whenever a byte of it does.
#pragma once

#include <cstdint>
#include <string_view>

#include "ranking/popular_list.hpp"

namespace rushline::ranking {

// The best `limit` items of `state`. Pure.
ListBytes render_list(const ListState& state, bool is_stale, std::int64_t limit,
                      std::string_view time_zone);

}  // namespace rushline::ranking
