// PostgreSQL's binary format: big-endian integers, bytes of text, arrays with a small head.
#include "adapters/postgres/parameters.hpp"

#include <limits>

namespace rushline::postgres {
namespace {

constexpr std::uint32_t bool_type = 16;
constexpr std::uint32_t bytes_type = 17;
constexpr std::uint32_t integer_type = parameters_detail::Wire<std::int64_t>::type;
constexpr std::uint32_t text_type = parameters_detail::Wire<std::string_view>::type;
constexpr std::size_t no_value = std::numeric_limits<std::size_t>::max();

}  // namespace

namespace parameters_detail {

void append_big_endian(std::string& bytes, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

}  // namespace parameters_detail

using parameters_detail::append_big_endian;

Array::Array(std::uint32_t type, std::uint32_t element_type, std::size_t count) : type_(type) {
  append_big_endian(bytes_, count == 0 ? 0 : 1, 4);  // dimensions
  append_big_endian(bytes_, 1, 4);                   // may hold NULL
  append_big_endian(bytes_, element_type, 4);
  if (count == 0) return;
  append_big_endian(bytes_, count, 4);
  append_big_endian(bytes_, 1, 4);  // the first index
}

void Array::append(std::int64_t value) {
  append_big_endian(bytes_, 8, 4);
  append_big_endian(bytes_, static_cast<std::uint64_t>(value), 8);
}

void Array::append(std::string_view value) {
  append_big_endian(bytes_, value.size(), 4);
  bytes_.append(value);
}

std::vector<const char*> Parameters::values() const {
  std::vector<const char*> values;
  values.reserve(begins_.size());
  for (const std::size_t begin : begins_) {
    values.push_back(begin == no_value ? nullptr : bytes_.data() + begin);
  }
  return values;
}

void Parameters::end_value(std::uint32_t type, std::size_t begin) {
  types_.push_back(type);
  begins_.push_back(begin);
  lengths_.push_back(static_cast<int>(bytes_.size() - begin));
  formats_.push_back(1);
}

void Parameters::add(std::int64_t value) {
  const std::size_t begin = bytes_.size();
  append_big_endian(bytes_, static_cast<std::uint64_t>(value), 8);
  end_value(integer_type, begin);
}

void Parameters::add(std::string_view value) {
  const std::size_t begin = bytes_.size();
  bytes_.append(value);
  end_value(text_type, begin);
}

void Parameters::add(Blob value) {
  const std::size_t begin = bytes_.size();
  bytes_.append(value.bytes);
  end_value(bytes_type, begin);
}

void Parameters::add(const Array& value) {
  const std::size_t begin = bytes_.size();
  bytes_.append(value.bytes());
  end_value(value.type(), begin);
}

void Parameters::add_bool(bool value) {
  const std::size_t begin = bytes_.size();
  bytes_.push_back(value ? '\1' : '\0');
  end_value(bool_type, begin);
}

void Parameters::add_null() {
  types_.push_back(integer_type);
  begins_.push_back(no_value);
  lengths_.push_back(0);
  formats_.push_back(1);
}

}  // namespace rushline::postgres
