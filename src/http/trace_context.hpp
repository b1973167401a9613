// W3C Trace Context: which trace a request belongs to, as its `traceparent` says.
#pragma once

#include <string_view>

namespace rushline::http {

// Both in hexadecimal digits.
struct TraceContext {
  std::string_view trace_id;   // 32
  std::string_view parent_id;  // 16; the caller's span
};

// Views into `traceparent`; empty when the header is not as the recommendation has it, which is
// then ignored, as it demands.
TraceContext trace_context_of(std::string_view traceparent);

}  // namespace rushline::http
