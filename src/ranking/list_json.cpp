// Written by hand into one string: a list is rendered once per state and read a million times.
#include "ranking/list_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace rushline::ranking {
namespace {

// In quotes. Bytes above 0x7f are UTF-8 already, because names are checked when they are taken.
void append_string(std::string& json, std::string_view text) {
  json += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(json), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  json += '"';
}

void append_item(std::string& json, std::int64_t rank, const ListItem& item) {
  fmt::format_to(std::back_inserter(json), R"({{"rank":{},"product_id":)", rank);
  append_string(json, item.product.view());
  json += R"(,"name":)";
  if (item.name) {
    append_string(json, *item.name);
  } else {
    json += "null";
  }
  json += R"(,"price":)";
  if (item.price) {
    fmt::format_to(std::back_inserter(json), "{}", item.price->amount);
  } else {
    json += "null";
  }
  fmt::format_to(std::back_inserter(json), R"(,"score":{}}})", item.score);
}

// FNV-1a: tells states apart, guards against nobody.
std::uint64_t digest(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

}  // namespace

ListBytes render_list(const ListState& state, bool is_stale, std::int64_t limit,
                      std::string_view time_zone) {
  ListBytes bytes;
  std::string& json = bytes.body;
  fmt::format_to(std::back_inserter(json),
                 R"({{"window":{{"days":{},"from":"{}","to":"{}","time_zone":)", state.window.days,
                 to_iso_date(state.window.first()), to_iso_date(state.window.last));
  append_string(json, time_zone);
  fmt::format_to(std::back_inserter(json), R"(}},"as_of":"{}","source":"{}","stale":{},"items":[)",
                 to_rfc3339(state.record.folded_at),
                 state.source == ListSource::board ? "board" : "database", is_stale);
  const auto count = std::min(limit, static_cast<std::int64_t>(state.items.size()));
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0) json += ',';
    append_item(json, i + 1, state.items[static_cast<std::size_t>(i)]);
  }
  json += "]}";
  bytes.etag = fmt::format("\"{}-{:016x}\"", state.record.revision.value, digest(json));
  return bytes;
}

}  // namespace rushline::ranking
