// Bytes on their way out. Grows, is emptied, and passed around instead of freed: a loop lends the
// same few buffers to all of its connections, so that an idle one holds none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace rushline::http {

// Used by one thread.
class OutputBuffer {
 public:
  // Room for `count` more bytes; write them, then say how many with commit().
  char* room(std::size_t count) {
    if (capacity_ - size_ < count) grow(count);
    return bytes_.get() + size_;
  }
  void commit(std::size_t count) { size_ += count; }

  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(room(text.size()), text.data(), text.size());
    commit(text.size());
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
  void clear() { size_ = 0; }

 private:
  static constexpr std::size_t first_capacity = 2048;

  void grow(std::size_t count) {
    const std::size_t capacity = std::max({first_capacity, 2 * capacity_, size_ + count});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace rushline::http
