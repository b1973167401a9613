// A callback owns what it captured, also what cannot be copied.
#include "core/callback.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace rushline {
namespace {

TEST(Callback, IsFalseUntilItHoldsAFunction) {
  Callback<void()> callback;
  EXPECT_FALSE(callback);
  callback = [] {};
  EXPECT_TRUE(callback);
}

TEST(Callback, OwnsCapturesThatCannotBeCopied) {
  auto number = std::make_unique<int>(41);
  Callback<int(int)> callback = [number = std::move(number)](int more) { return *number + more; };
  Callback<int(int)> moved = std::move(callback);
  EXPECT_EQ(moved(1), 42);
}

TEST(Callback, KeepsItsStateBetweenCalls) {
  Callback<int()> callback = [count = 0]() mutable { return ++count; };
  EXPECT_EQ(callback(), 1);
  EXPECT_EQ(callback(), 2);
}

TEST(Callback, PassesArgumentsThatCanOnlyBeMoved) {
  Callback<std::string(std::unique_ptr<std::string>)> callback =
      [](std::unique_ptr<std::string> text) { return *text; };
  EXPECT_EQ(callback(std::make_unique<std::string>("through")), "through");
}

TEST(Callback, PassesReferencesWithoutCopies) {
  int seen = 0;
  Callback<void(int&)> callback = [](int& value) { value = 7; };
  callback(seen);
  EXPECT_EQ(seen, 7);
}

TEST(Callback, LetsGoOfItsCapturesWhenItEnds) {
  auto token = std::make_shared<int>(1);
  {
    const Callback<void()> callback = [token] { static_cast<void>(token); };
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(CallbackDeathTest, EndsTheProcessWhenAnEmptyOneIsCalled) {
  Callback<void()> callback;
  EXPECT_DEATH(callback(), "broken invariant");
}

}  // namespace
}  // namespace rushline
