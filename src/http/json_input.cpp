// What each kind of field must look like, and the sentences for those that do not.
#include "http/json_input.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::http {

using Kind = JsonValue::Kind;

static_assert(limits::json_fields_max <= 64, "asked_for_ has a bit per field");

JsonObject::JsonObject(const JsonDocument& document, std::size_t index, std::string path,
                       FieldErrors& errors)
    : document_(document), index_(index), path_(std::move(path)), errors_(errors) {
  RUSHLINE_ASSERT(document[index].kind == Kind::object);
}

void JsonObject::wrong(std::string_view name, std::string message) {
  errors_.add(path_ + std::string(name), std::move(message));
}

std::size_t JsonObject::index_of(const JsonValue& value) const {
  return static_cast<std::size_t>(&value - &document_[0]);
}

const JsonValue* JsonObject::find(std::string_view name) {
  std::uint64_t bit = 1;
  for (std::size_t i = index_ + 1; i < document_[index_].end; i = document_[i].end, bit <<= 1) {
    if (document_[i].key != name) continue;
    asked_for_ |= bit;
    return &document_[i];
  }
  return nullptr;
}

const JsonValue* JsonObject::find_given(std::string_view name, bool required) {
  const JsonValue* value = find(name);
  if (value != nullptr && (value->kind != Kind::null || (null_is_wrong_ && !required))) {
    return value;
  }
  if (required) wrong(name, value == nullptr ? "is missing" : "must not be null");
  return nullptr;
}

void JsonObject::refuse_others() {
  std::uint64_t bit = 1;
  for (std::size_t i = index_ + 1; i < document_[index_].end; i = document_[i].end, bit <<= 1) {
    if ((asked_for_ & bit) == 0) wrong(document_[i].key, "is not a field of this request");
  }
}

std::optional<std::int64_t> JsonObject::integer_between(const JsonValue& value,
                                                        std::string_view name, std::int64_t min,
                                                        std::int64_t max) {
  if (value.kind == Kind::integer && value.number >= min && value.number <= max) {
    return value.number;
  }
  wrong(name, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

std::int64_t JsonObject::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const JsonValue* value = find_given(name, true);
  if (value == nullptr) return min;
  return integer_between(*value, name, min, max).value_or(min);
}

std::optional<std::int64_t> JsonObject::integer_if_given(std::string_view name, std::int64_t min,
                                                         std::int64_t max) {
  const JsonValue* value = find_given(name, false);
  if (value == nullptr) return std::nullopt;
  return integer_between(*value, name, min, max);
}

std::optional<std::string> JsonObject::checked_text(const JsonValue& value, std::string_view name,
                                                    std::size_t bytes_max) {
  const std::string_view text = value.text;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (value.kind != Kind::text) {
    wrong(name, "must be a text");
  } else if (text.find_first_not_of(' ') == std::string_view::npos) {
    wrong(name, "must not be empty");
  } else if (text.size() > bytes_max) {
    wrong(name, "must be at most " + std::to_string(bytes_max) + " bytes long");
  } else if (std::ranges::any_of(text, is_control)) {
    wrong(name, "must not hold control characters");
  } else {
    return std::string(text);
  }
  return std::nullopt;
}

std::string JsonObject::text(std::string_view name, std::size_t bytes_max) {
  const JsonValue* value = find_given(name, true);
  if (value == nullptr) return {};
  return checked_text(*value, name, bytes_max).value_or("");
}

std::optional<std::string> JsonObject::text_if_given(std::string_view name, std::size_t bytes_max) {
  const JsonValue* value = find_given(name, false);
  if (value == nullptr) return std::nullopt;
  return checked_text(*value, name, bytes_max);
}

std::optional<std::string_view> JsonObject::id_text(std::string_view name, bool required,
                                                    std::string& digits) {
  const JsonValue* value = find_given(name, required);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Kind::text && is_shop_id(value->text)) return value->text;
  if (value->kind == Kind::integer && value->number >= 0 && value->number <= json_integer_max) {
    digits = std::to_string(value->number);
    return digits;
  }
  wrong(name,
        "must be 1 to 64 characters of A-Z a-z 0-9 . _ : @ -, "
        "or an integer from 0 to 9007199254740991");
  return std::nullopt;
}

std::optional<Timestamp> JsonObject::time_if_given(std::string_view name) {
  const JsonValue* value = find_given(name, false);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Kind::text) {
    if (const auto time = parse_rfc3339(value->text)) return time;
  }
  wrong(name, "must be a time as in RFC 3339, such as 2026-01-02T03:04:05Z");
  return std::nullopt;
}

std::optional<std::size_t> JsonObject::word_if_given(
    std::string_view name, std::initializer_list<std::string_view> words) {
  const JsonValue* value = find_given(name, false);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Kind::text) {
    const auto found = std::ranges::find(words, value->text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  std::string message = "must be one of";
  for (const std::string_view word : words) message.append(" \"").append(word).append("\"");
  wrong(name, std::move(message));
  return std::nullopt;
}

std::optional<std::size_t> JsonObject::word(std::string_view name,
                                            std::initializer_list<std::string_view> words) {
  if (find_given(name, true) == nullptr) return std::nullopt;
  return word_if_given(name, words);
}

std::optional<JsonObject> JsonObject::object(std::string_view name) {
  const JsonValue* value = find_given(name, true);
  if (value == nullptr) return std::nullopt;
  if (value->kind != Kind::object) {
    wrong(name, "must be an object");
    return std::nullopt;
  }
  return JsonObject(document_, index_of(*value), path_ + std::string(name) + ".", errors_);
}

std::vector<JsonObject> JsonObject::objects(std::string_view name, std::size_t count_min,
                                            std::size_t count_max) {
  std::vector<JsonObject> found;
  const JsonValue* value = find_given(name, true);
  if (value == nullptr) return found;
  std::vector<std::size_t> items;
  if (value->kind == Kind::array) {
    for (std::size_t i = index_of(*value) + 1; i < value->end; i = document_[i].end) {
      items.push_back(i);
    }
  }
  if (value->kind != Kind::array || items.size() < count_min || items.size() > count_max) {
    wrong(name, "must be a list of " + std::to_string(count_min) + " to " +
                    std::to_string(count_max) + " objects");
    return found;
  }
  found.reserve(items.size());
  for (std::size_t n = 0; n < items.size(); ++n) {
    const std::string item = std::string(name) + "[" + std::to_string(n) + "]";
    if (document_[items[n]].kind != Kind::object) {
      wrong(item, "must be an object");
    } else {
      found.emplace_back(document_, items[n], path_ + item + ".", errors_);
    }
  }
  return found;
}

std::optional<JsonObject> JsonInput::parse(std::string_view body) {
  auto document = JsonDocument::parse(body);
  if (document.has_error()) {
    unreadable_ = std::move(document).error();
    return std::nullopt;
  }
  document_ = std::move(*document);
  if ((*document_)[0].kind != Kind::object) {
    unreadable_ = fail(Errc::invalid_input, "The body must be a JSON object.");
    return std::nullopt;
  }
  return JsonObject(*document_, 0, "", errors_);
}

void JsonInput::expect_nothing(std::string_view body) {
  if (body.empty()) return;
  if (auto object = parse(body)) object->refuse_others();
}

std::optional<Error> JsonInput::error() const {
  return unreadable_ ? unreadable_ : errors_.error();
}

std::string JsonInput::canonical() const { return document_ ? document_->canonical() : ""; }

}  // namespace rushline::http
