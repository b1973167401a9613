// Errors as values: stable words, wrong fields named, no error taken for a value.
#include "core/result.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace rushline {
namespace {

TEST(Errc, HasAWordOfItsOwnForEachCode) {
  std::set<std::string_view> words;
  int codes = 0;
  for (int code = 0; to_word(static_cast<Errc>(code)) != "internal"; ++code) {
    const std::string_view word = to_word(static_cast<Errc>(code));
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_TRUE(std::all_of(word.begin(), word.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    })) << word;
    ++codes;
  }
  EXPECT_EQ(codes, static_cast<int>(Errc::configuration) + 1);
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*value, 7);
  const Result<int> error = fail(Errc::not_found, "There is no order 7.");
  ASSERT_TRUE(error.has_error());
  EXPECT_EQ(error.error().code, Errc::not_found);
  EXPECT_EQ(error.error().detail, "There is no order 7.");
}

TEST(Result, NamesTheFieldThatIsWrong) {
  const Error error = invalid_field("lines[2].quantity", "must be 1 to 5");
  EXPECT_EQ(error.code, Errc::invalid_input);
  EXPECT_EQ(error.detail, "lines[2].quantity: must be 1 to 5");
  const std::vector<FieldError> fields = {{"lines[2].quantity", "must be 1 to 5"}};
  EXPECT_EQ(error.fields, fields);
}

TEST(ResultDeathTest, EndsTheProcessWhenAnErrorIsTakenForAValue) {
  const Result<int> error = fail(Errc::unavailable, "The database is gone.");
  EXPECT_DEATH(static_cast<void>(error.value()), "unchecked error: unavailable");
}

}  // namespace
}  // namespace rushline
