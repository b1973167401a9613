// Counting places by user.
#include "http/user_places.hpp"

#include <utility>

namespace rushline::http {

UserPlaces::Place& UserPlaces::Place::operator=(Place&& other) noexcept {
  give_back();
  table_ = std::move(other.table_);
  user_ = other.user_;
  return *this;
}

void UserPlaces::Place::give_back() {
  if (table_ == nullptr) return;
  {
    const std::scoped_lock lock(table_->mutex);
    const auto at = table_->taken.find(*user_);
    if (--at->second == 0) table_->taken.erase(at);
  }
  table_.reset();
}

std::optional<UserPlaces::Place> UserPlaces::take(const std::optional<UserId>& user) {
  if (!user) return Place();
  const std::scoped_lock lock(table_->mutex);
  std::int32_t& taken = table_->taken[*user];
  if (taken == each_max_) return std::nullopt;
  ++taken;
  return Place(table_, *user);
}

}  // namespace rushline::http
