// What every IdempotencyStore must do: keep the first answer byte for byte, and forget in time.
#pragma once

#include <string>

#include "tests/contract/store_adapter.hpp"

namespace rushline::contract {

class IdempotencyStoreContract : public StoreContract {
 protected:
  using MaybeTime = std::optional<Timestamp>;

  static KeptAnswer answer(std::string body) {
    return {"fingerprint", 201, "application/json", "/v1/orders/1", std::move(body)};
  }
  Result<void> keep(std::string_view scope, std::string_view key, const KeptAnswer& answer,
                    MaybeTime kept_until) {
    return write(
        [&](Transaction& tx) { return idempotency().keep(tx, scope, key, answer, kept_until); });
  }
  std::optional<KeptAnswer> find(std::string_view scope, std::string_view key) {
    return must(read([&](Transaction& tx) { return idempotency().find(tx, scope, key); }));
  }
  std::int64_t forget(std::int64_t count_max) {
    return must(
        write([&](Transaction& tx) { return idempotency().forget_expired(tx, count_max); }));
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(IdempotencyStoreContract);

TEST_P(IdempotencyStoreContract, GivesBackTheAnswerByteForByte) {
  using namespace std::string_literals;
  const KeptAnswer kept{"\xff\0print"s, 409, "application/problem+json", "", "{\"a\":\"\0é\"}"s};
  must(keep("shop", "key", kept, std::nullopt));
  const auto found = find("shop", "key");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->fingerprint, kept.fingerprint);
  EXPECT_EQ(found->status, 409);
  EXPECT_EQ(found->content_type, kept.content_type);
  EXPECT_EQ(found->location, "");
  EXPECT_EQ(found->body, kept.body);
}

TEST_P(IdempotencyStoreContract, KeysOfDifferentScopesAreDifferent) {
  must(keep("shop", "key", answer("one"), std::nullopt));
  EXPECT_FALSE(find("other", "key").has_value());
  must(keep("other", "key", answer("two"), std::nullopt));
  EXPECT_EQ(find("shop", "key")->body, "one");
  EXPECT_EQ(find("other", "key")->body, "two");
  EXPECT_FALSE(find("shop", "Key").has_value());
}

TEST_P(IdempotencyStoreContract, ASecondAnswerUnderAKeyIsRefusedAndTheFirstStays) {
  must(keep("shop", "key", answer("first"), std::nullopt));
  EXPECT_TRUE(keep("shop", "key", answer("second"), std::nullopt).has_error());
  EXPECT_EQ(find("shop", "key")->body, "first");
}

TEST_P(IdempotencyStoreContract, ForgetsWhatIsOverAndNothingElse) {
  using namespace std::chrono_literals;
  const Timestamp present = now();
  must(keep("shop", "for-ever", answer("a"), std::nullopt));
  must(keep("shop", "over", answer("b"), present - 1s));
  must(keep("shop", "still", answer("c"), present + 1h));
  EXPECT_EQ(forget(100), 1);
  EXPECT_EQ(forget(100), 0);
  EXPECT_TRUE(find("shop", "for-ever").has_value());
  EXPECT_FALSE(find("shop", "over").has_value());
  EXPECT_TRUE(find("shop", "still").has_value());
}

TEST_P(IdempotencyStoreContract, ForgetsNoMoreThanAsked) {
  using namespace std::chrono_literals;
  const Timestamp present = now();
  for (int i = 0; i < 5; ++i) {
    must(keep("shop", std::to_string(i), answer("a"), present - 10s + std::chrono::seconds(i)));
  }
  EXPECT_EQ(forget(2), 2);
  EXPECT_EQ(forget(2), 2);
  EXPECT_EQ(forget(2), 1);
}

}  // namespace rushline::contract
