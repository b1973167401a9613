// How an event is written for text/event-stream.
#include "http/event_stream.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"

namespace rushline::http {

namespace {

bool is_one_line(std::string_view text) {
  return text.find_first_of("\r\n") == std::string_view::npos;
}

}  // namespace

std::string event_text(std::string_view event, std::string_view id, std::string_view data) {
  RUSHLINE_ASSERT(is_one_line(event) && is_one_line(id) && is_one_line(data));
  if (id.empty()) return fmt::format("event: {}\ndata: {}\n\n", event, data);
  return fmt::format("event: {}\nid: {}\ndata: {}\n\n", event, id, data);
}

}  // namespace rushline::http
