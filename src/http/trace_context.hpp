// W3C Trace Context: which trace a request belongs to, as its `traceparent` says.
#pragma once

#include <string_view>

namespace rushline::http {

// The 32 hexadecimal digits of the trace; empty when the header is not as the recommendation has
// it, which is then ignored, as it demands.
std::string_view trace_id_of(std::string_view traceparent);

}  // namespace rushline::http
