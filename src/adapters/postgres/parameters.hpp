// The values of a statement's parameters, in PostgreSQL's binary format with their types.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/shop_calendar.hpp"
#include "core/time.hpp"

namespace rushline::postgres {

// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

namespace parameters_detail {
void append_big_endian(std::string& bytes, std::uint64_t value, int size);
// The bytes of one value; `type` is PostgreSQL's number of it.
template <class T>
struct Wire;
}  // namespace parameters_detail

// A whole column of a batch: one parameter for unnest().
class Array {
 public:
  // `get` gives each element of `range` as a std::int64_t, a std::string_view or an optional one.
  template <class Range, class Get>
  static Array of(const Range& range, Get get);

  std::uint32_t type() const { return type_; }
  const std::string& bytes() const { return bytes_; }

 private:
  Array(std::uint32_t type, std::uint32_t element_type, std::size_t count);

  void append(std::int64_t value);
  void append(std::string_view value);
  template <class T>
  void append(const std::optional<T>& value) {
    if (value) {
      append(*value);
    } else {
      parameters_detail::append_big_endian(bytes_, ~std::uint64_t{0}, 4);  // length -1 = NULL
    }
  }

  std::uint32_t type_;
  std::string bytes_;
};

// Copies what it is given. Used by one thread.
class Parameters {
 public:
  template <class... Args>
  explicit Parameters(const Args&... args) {
    (add(args), ...);
  }

  int count() const { return static_cast<int>(types_.size()); }
  const std::uint32_t* types() const { return types_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  // Valid until this object moves or ends.
  std::vector<const char*> values() const;

 private:
  void add(std::int64_t value);
  void add(std::string_view value);
  void add(Blob value);
  void add(const Array& value);
  template <std::same_as<bool> Bool>  // not a pointer that turns into one
  void add(Bool value) {
    add_bool(value);
  }
  void add(std::int32_t value) { add(std::int64_t{value}); }
  void add(const char* value) { add(std::string_view(value)); }
  void add(const std::string& value) { add(std::string_view(value)); }
  void add(Money value) { add(value.amount); }
  void add(Day value) { add(std::int64_t{value.number}); }
  void add(Timestamp value) { add(std::int64_t{value.time_since_epoch().count()}); }
  template <class Tag>
  void add(const ShopId<Tag>& value) {
    add(value.view());
  }
  template <class Tag>
  void add(NumberId<Tag> value) {
    add(value.value);
  }
  template <class T>
  void add(const std::optional<T>& value) {
    if (value) {
      add(*value);
    } else {
      add_null();
    }
  }
  void add_bool(bool value);
  void add_null();  // of an integer: the only kind that may be missing
  void end_value(std::uint32_t type, std::size_t begin);

  std::string bytes_;
  std::vector<std::uint32_t> types_;
  std::vector<std::size_t> begins_;  // in bytes_; no_value = NULL
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

namespace parameters_detail {
template <>
struct Wire<std::int64_t> {
  static constexpr std::uint32_t type = 20;
  static constexpr std::uint32_t array_type = 1016;
};
template <>
struct Wire<std::string_view> {
  static constexpr std::uint32_t type = 25;
  static constexpr std::uint32_t array_type = 1009;
};
template <class T>
struct Wire<std::optional<T>> : Wire<T> {};
}  // namespace parameters_detail

template <class Range, class Get>
Array Array::of(const Range& range, Get get) {
  using Wire = parameters_detail::Wire<std::remove_cvref_t<decltype(get(*range.begin()))>>;
  Array array(Wire::array_type, Wire::type, range.size());
  for (const auto& element : range) array.append(get(element));
  return array;
}

}  // namespace rushline::postgres
