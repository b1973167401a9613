// Writes JSON by appending to a string: what every answer is made with.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/time.hpp"

namespace rushline::http {

// Appends `text` in quotes. Bytes that are no ASCII are taken as they are: what comes in is
// checked.
void append_json_string(std::string& out, std::string_view text);

// Appends to a string that it does not own. Commas are put where they belong: a value that does not
// follow an opening bracket or a colon is preceded by one. Used by one thread.
//
//   JsonWriter(body).begin('{').field("rank", 3).field("name", name).end('}');
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin(char bracket) {
    separate();
    out_ += bracket;
    return *this;
  }
  JsonWriter& end(char bracket) {
    out_ += bracket;
    return *this;
  }
  // `name` must need no escaping: the names of fields are constants of the code.
  JsonWriter& key(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return *this;
  }

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(std::nullptr_t);
  JsonWriter& value(Timestamp time);
  JsonWriter& value(Money money) { return integer(money.amount); }
  JsonWriter& value(const Discount& discount);
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  JsonWriter& value(Integer number) { return integer(static_cast<std::int64_t>(number)); }
  template <class Tag>
  JsonWriter& value(const ShopId<Tag>& id) {
    return value(id.view());
  }
  template <class Tag>
  JsonWriter& value(NumberId<Tag> id) {
    return integer(id.value);
  }
  // Nothing is null.
  template <class T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : value(nullptr);
  }

  template <class T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  // What is JSON already.
  JsonWriter& raw_field(std::string_view name, std::string_view json) {
    key(name);
    out_ += json;
    return *this;
  }

 private:
  void separate() {
    if (out_.empty()) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
  }
  JsonWriter& integer(std::int64_t number);

  std::string& out_;  // constant
};

}  // namespace rushline::http
