// Places are counted by user, and given back.
#include "http/user_places.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace rushline::http {
namespace {

const UserId ann = *UserId::parse("ann");
const UserId bob = *UserId::parse("bob");

TEST(UserPlaces, GivesEachUserSoManyAndNoMore) {
  UserPlaces places(2);
  const auto first = places.take(ann);
  const auto second = places.take(ann);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(places.take(ann));
  EXPECT_TRUE(places.take(bob));
}

TEST(UserPlaces, GivesAPlaceThatWasGivenBackOnceToAnother) {
  UserPlaces places(1);
  auto place = *places.take(ann);
  UserPlaces::Place moved = std::move(place);
  EXPECT_FALSE(places.take(ann)) << "it was moved, not given back";
  moved.give_back();
  moved.give_back();
  const auto again = places.take(ann);
  EXPECT_TRUE(again);
  EXPECT_FALSE(places.take(ann));
}

TEST(UserPlaces, CountsNobodyWhoActsForAnyUser) {
  UserPlaces places(1);
  const auto first = places.take(std::nullopt);
  const auto second = places.take(std::nullopt);
  EXPECT_TRUE(first && second);
}

TEST(UserPlaces, MayBeGoneBeforeItsPlaces) {
  std::optional<UserPlaces::Place> place;
  {
    UserPlaces places(1);
    place = places.take(ann);
  }
  place.reset();
}

}  // namespace
}  // namespace rushline::http
