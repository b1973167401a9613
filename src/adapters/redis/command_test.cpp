// A command is the bytes that Redis expects, whatever its words are made of.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/redis/client.hpp"

namespace rushline::redis {
namespace {

TEST(Command, IsAnArrayOfItsWords) {
  EXPECT_EQ(Command({"SET", "key", "value"}).bytes(),
            "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n");
}

TEST(Command, KeepsWordsThatAreEmptyOrBinary) {
  const std::string binary("a\0\r\n\xff", 5);
  const std::vector<std::string_view> words = {"SET", "", std::string_view(), binary};
  EXPECT_EQ(Command(words).bytes(),
            "*4\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n$5\r\n" + binary + "\r\n");
}

}  // namespace
}  // namespace rushline::redis
