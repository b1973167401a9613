// Builds the flat tree from the events of Boost.JSON's parser.
#include "http/json_document.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstring>
#include <optional>

#include "core/limits.hpp"
#include "http/field_errors.hpp"
#include "http/json_output.hpp"

namespace rushline::http {

namespace json = boost::json;

// The handler of Boost.JSON's parser. Its member names and constants are Boost's.
class JsonDocument::Builder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  // No text or key is longer than the whole document, so the characters never move.
  explicit Builder(std::size_t text_size) { document_.characters_.reserve(text_size); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_array_begin(json::error_code& ec) { return begin(JsonValue::Kind::array, ec); }
  bool on_object_begin(json::error_code& ec) { return begin(JsonValue::Kind::object, ec); }
  bool on_array_end(std::size_t, json::error_code&) { return end(); }
  bool on_object_end(std::size_t, json::error_code&) { return end(); }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return collect(part); }
  bool on_key(json::string_view part, std::size_t size, json::error_code& ec) {
    collect(part);
    key_ = collected(size);
    return is_new_field(ec);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    return collect(part);
  }
  bool on_string(json::string_view part, std::size_t size, json::error_code& ec) {
    collect(part);
    JsonValue value{.kind = JsonValue::Kind::text};
    value.text = collected(size);
    return add(value, ec);
  }

  bool on_number_part(json::string_view part, json::error_code&) {
    number_size_ += part.size();
    return collect(part);
  }
  bool on_int64(std::int64_t number, json::string_view part, json::error_code& ec) {
    return add_number(JsonValue::Kind::integer, number, part, ec);
  }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code& ec) {
    return add_number(JsonValue::Kind::other_number, 0, part, ec);  // above 2^63, so above 2^53
  }
  bool on_double(double, json::string_view part, json::error_code& ec) {
    return add_number(JsonValue::Kind::other_number, 0, part, ec);
  }
  bool on_bool(bool truth, json::error_code& ec) {
    return add({.kind = JsonValue::Kind::boolean, .truth = truth}, ec);
  }
  bool on_null(json::error_code& ec) { return add({.kind = JsonValue::Kind::null}, ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  JsonDocument take() { return std::move(document_); }
  // Set when the builder, not the grammar, refused.
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  bool collect(json::string_view part) {
    auto& characters = document_.characters_;
    characters.insert(characters.end(), part.begin(), part.end());
    return true;
  }
  std::string_view collected(std::size_t size) const {
    return {document_.characters_.data() + document_.characters_.size() - size, size};
  }

  bool refuse(Error error, json::error_code& ec) {
    refusal_ = std::move(error);
    ec = json::make_error_code(json::error::syntax);
    return false;
  }

  bool is_new_field(json::error_code& ec) {
    std::size_t fields = 0;
    const std::size_t object = open_.back();
    for (std::size_t i = object + 1; i < document_.values_.size(); i = document_.values_[i].end) {
      if (document_.values_[i].key == key_) {
        return refuse(wrong_field("stands twice"), ec);
      }
      ++fields;
    }
    if (fields >= limits::json_fields_max) {
      return refuse(wrong_field("is one field too many for one object"), ec);
    }
    return true;
  }

  Error wrong_field(std::string message) const {
    FieldErrors errors;
    errors.add(std::string(key_), std::move(message));
    return *errors.error();
  }

  bool add(JsonValue value, json::error_code& ec) {
    auto& values = document_.values_;
    if (values.size() >= limits::json_values_max) {
      return refuse(fail(Errc::unreadable, "The body has more values than any request needs."), ec);
    }
    value.key = std::exchange(key_, {});
    value.end = static_cast<std::uint32_t>(values.size() + 1);
    values.push_back(value);
    return true;
  }
  bool add_number(JsonValue::Kind kind, std::int64_t number, json::string_view part,
                  json::error_code& ec) {
    collect(part);
    JsonValue value{.kind = kind, .number = number};
    value.text = collected(std::exchange(number_size_, 0) + part.size());
    return add(value, ec);
  }
  bool begin(JsonValue::Kind kind, json::error_code& ec) {
    open_.push_back(document_.values_.size());
    return add({.kind = kind}, ec);
  }
  bool end() {
    document_.values_[open_.back()].end = static_cast<std::uint32_t>(document_.values_.size());
    open_.pop_back();
    return true;
  }

  JsonDocument document_;
  std::vector<std::size_t> open_;  // containers around the next value, the outermost first
  std::string_view key_;           // of the next value
  std::size_t number_size_ = 0;    // characters collected of the current number
  std::optional<Error> refusal_;
};

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = limits::json_depth_max;
  json::basic_parser<Builder> parser(options, text.size());
  json::error_code ec;
  const std::size_t taken = parser.write_some(false, text.data(), text.size(), ec);
  if (parser.handler().refusal()) return *parser.handler().refusal();
  if (!ec && taken < text.size()) ec = json::make_error_code(json::error::extra_data);
  if (ec == json::error::too_deep) {
    return fail(Errc::unreadable, "The body is nested too deeply.");
  }
  if (text.empty()) return fail(Errc::unreadable, "The body is empty; a JSON object is needed.");
  if (ec) {
    return fail(Errc::unreadable, "The body is not JSON in UTF-8: " + ec.message() + " at byte " +
                                      std::to_string(taken) + ".");
  }
  return parser.handler().take();
}

std::string JsonDocument::canonical() const {
  std::string out;
  append_canonical(out, 0);
  return out;
}

// As deep as the document, which parse() bounds.
void JsonDocument::append_canonical(std::string& out, std::size_t index) const {
  const JsonValue& value = values_[index];
  switch (value.kind) {
    case JsonValue::Kind::null:
      out += "null";
      return;
    case JsonValue::Kind::boolean:
      out += value.truth ? "true" : "false";
      return;
    case JsonValue::Kind::integer:
    case JsonValue::Kind::other_number:
      out += value.text;
      return;
    case JsonValue::Kind::text:
      append_json_string(out, value.text);
      return;
    case JsonValue::Kind::array:
    case JsonValue::Kind::object:
      break;
  }
  const bool is_object = value.kind == JsonValue::Kind::object;
  std::vector<std::size_t> inside;
  for (std::size_t i = index + 1; i < value.end; i = values_[i].end) inside.push_back(i);
  if (is_object) std::ranges::sort(inside, {}, [this](std::size_t i) { return values_[i].key; });
  out += is_object ? '{' : '[';
  for (std::size_t n = 0; n < inside.size(); ++n) {
    if (n > 0) out += ',';
    if (is_object) {
      append_json_string(out, values_[inside[n]].key);
      out += ':';
    }
    append_canonical(out, inside[n]);
  }
  out += is_object ? '}' : ']';
}

}  // namespace rushline::http
