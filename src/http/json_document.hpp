// A request's body as a flat tree of JSON values, read strictly.
//
// Boost.JSON checks the grammar, UTF-8 and the depth. What its own tree would hide is kept or
// refused here: a field that stands twice is an error, and 1.0 is no integer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rushline::http {

struct JsonValue {
  enum class Kind : std::uint8_t { null, boolean, integer, other_number, text, array, object };

  Kind kind = Kind::null;
  bool truth = false;          // of a boolean
  std::uint32_t end = 0;       // index behind the last value inside of this one
  std::int64_t number = 0;     // of an integer, exact
  std::string_view key = {};   // of a value inside an object
  std::string_view text = {};  // of a text; of a number as it was written
};

// Values in the order of their beginnings: the first is the whole, a container is followed by what
// is inside. Immutable once parsed; the views inside live as long as the document.
class JsonDocument {
 public:
  // Errc::unreadable: not JSON, not UTF-8, nested deeper than limits::json_depth_max, more than
  // limits::json_values_max values. Errc::invalid_input: a field stands twice in an object, or an
  // object has more than limits::json_fields_max fields.
  static Result<JsonDocument> parse(std::string_view text);

  const JsonValue& operator[](std::size_t index) const { return values_[index]; }
  std::size_t size() const { return values_.size(); }

  // The same text for the same content: without blanks, fields sorted, escapes written one way.
  std::string canonical() const;

 private:
  class Builder;

  void append_canonical(std::string& out, std::size_t index) const;

  std::vector<JsonValue> values_;  // constant once parsed
  std::vector<char> characters_;   // constant once parsed; what keys and texts point into
};

}  // namespace rushline::http
