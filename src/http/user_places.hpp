// How many places each user has of something that all share, so that no user has them all.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "core/ids.hpp"

namespace rushline::http {

// Safe to call from any thread.
class UserPlaces {
  struct Table {
    std::mutex mutex;
    std::unordered_map<UserId, std::int32_t> taken;  // guarded by mutex; without zeros
  };

 public:
  // One place, given back at its end. An empty one is nobody's.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place() { give_back(); }

    void give_back();

   private:
    friend class UserPlaces;
    Place(std::shared_ptr<Table> table, const UserId& user)
        : table_(std::move(table)), user_(user) {}

    std::shared_ptr<Table> table_;  // null: none is held
    std::optional<UserId> user_;
  };

  explicit UserPlaces(std::int32_t each_max) : each_max_(each_max) {}

  // Nothing: the user has as many as may be. Who acts for any user gets an empty place.
  std::optional<Place> take(const std::optional<UserId>& user);

 private:
  const std::int32_t each_max_;
  // Shared with the places: one that a connection holds may be left when this is gone.
  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace rushline::http
