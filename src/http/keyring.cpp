// Replacing keys.
#include "http/keyring.hpp"

#include <utility>

#include "core/assert.hpp"

namespace rushline::http {

Keyring::Keyring(Access first)
    : is_open_(first.is_open()), current_(std::make_shared<const Access>(std::move(first))) {}

void Keyring::replace(Access next) {
  RUSHLINE_ASSERT(next.is_open() == is_open_);
  auto made = std::make_shared<const Access>(std::move(next));
  {
    const std::scoped_lock lock(mutex_);
    current_.swap(made);
  }
  edition_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const Access> Keyring::current() const {
  const std::scoped_lock lock(mutex_);
  return current_;
}

}  // namespace rushline::http
