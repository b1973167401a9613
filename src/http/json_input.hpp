// Reads the fields of a body, strictly, and collects everything that is wrong with it.
//
//   JsonInput input;
//   if (auto object = input.parse(body)) {
//     order.user = object->id<UserId>("user_id");
//     object->each("lines", 1, limits::order_lines_max, [&](JsonObject line) { ... });
//     object->refuse_others();
//   }
//   if (auto error = input.error()) ...
//
// A reader gives a harmless value when the field is wrong and notes what would be right, so that
// all wrong fields are told together. Used by one thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/time.hpp"
#include "http/field_errors.hpp"
#include "http/json_document.hpp"

namespace rushline::http {

// One object of a document. A required field is read by its plain name, an optional one by
// NAME_if_given; null counts as not given, except after null_is_wrong().
class JsonObject {
 public:
  // `path` is what stands before the names of its fields: "" or "lines[2].".
  JsonObject(const JsonDocument& document, std::size_t index, std::string path,
             FieldErrors& errors);

  // For changes, where "null" could be taken for "remove".
  void null_is_wrong() { null_is_wrong_ = true; }

  std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<std::int64_t> integer_if_given(std::string_view name, std::int64_t min,
                                               std::int64_t max);
  // 1 to `bytes_max` bytes, no control characters, not only blanks.
  std::string text(std::string_view name, std::size_t bytes_max);
  std::optional<std::string> text_if_given(std::string_view name, std::size_t bytes_max);
  // A shop's id: a text, or an integer from 0 to 2^53 - 1 taken as its digits.
  template <class Id>
  Id id(std::string_view name) {
    if (const auto found = id_if_given<Id>(name, true)) return *found;
    return *Id::parse("-");
  }
  template <class Id>
  std::optional<Id> id_if_given(std::string_view name, bool required = false) {
    std::string digits;
    const auto word = id_text(name, required, digits);
    return word ? Id::parse(*word) : std::nullopt;
  }
  std::optional<Timestamp> time_if_given(std::string_view name);
  // The index of the word that was given; nothing when none was or it is wrong.
  std::optional<std::size_t> word_if_given(std::string_view name,
                                           std::initializer_list<std::string_view> words);
  std::optional<std::size_t> word(std::string_view name,
                                  std::initializer_list<std::string_view> words);
  // Nothing when it is missing or wrong.
  std::optional<JsonObject> object(std::string_view name);
  // A required array of objects; `read` gets each. What is wrong in them stands under
  // "NAME[INDEX].".
  template <class Read>
  void each(std::string_view name, std::size_t count_min, std::size_t count_max, Read read) {
    for (JsonObject& item : objects(name, count_min, count_max)) read(item);
  }

  // Call it last: notes every field that nobody asked for.
  void refuse_others();

 private:
  const JsonValue* find(std::string_view name);
  const JsonValue* find_given(std::string_view name, bool required);
  void wrong(std::string_view name, std::string message);
  std::optional<std::string_view> id_text(std::string_view name, bool required,
                                          std::string& digits);
  std::optional<std::int64_t> integer_between(const JsonValue& value, std::string_view name,
                                              std::int64_t min, std::int64_t max);
  std::optional<std::string> checked_text(const JsonValue& value, std::string_view name,
                                          std::size_t bytes_max);
  std::vector<JsonObject> objects(std::string_view name, std::size_t count_min,
                                  std::size_t count_max);
  std::size_t index_of(const JsonValue& value) const;

  const JsonDocument& document_;  // constant
  std::size_t index_;             // constant
  std::string path_;              // constant
  FieldErrors& errors_;           // constant
  bool null_is_wrong_ = false;
  std::uint64_t asked_for_ = 0;  // bit n: the n-th field was asked for
};

// A whole body. Must stay where it is while its objects are in use.
class JsonInput {
 public:
  JsonInput() = default;
  JsonInput(const JsonInput&) = delete;
  JsonInput& operator=(const JsonInput&) = delete;

  // Nothing when the body is no JSON object; error() tells.
  std::optional<JsonObject> parse(std::string_view body);
  // For calls without fields: no body, or an empty object.
  void expect_nothing(std::string_view body);

  FieldErrors& errors() { return errors_; }
  std::optional<Error> error() const;
  // Of a body that was parsed; empty for none.
  std::string canonical() const;

 private:
  std::optional<Error> unreadable_;
  std::optional<JsonDocument> document_;
  FieldErrors errors_;
};

}  // namespace rushline::http
