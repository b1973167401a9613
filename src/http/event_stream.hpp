// The words of Server-Sent Events (text/event-stream), to be sent over a Stream.
#pragma once

#include <string>
#include <string_view>

namespace rushline::http {

// One event; `id` may be empty. `data` must not hold a line break (JSON never does), nor may the
// others.
std::string event_text(std::string_view event, std::string_view id, std::string_view data);

// A comment that keeps proxies and clients from giving up on a silent stream.
inline constexpr std::string_view event_heartbeat = ":\n\n";

}  // namespace rushline::http
