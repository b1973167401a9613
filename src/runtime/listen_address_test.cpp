// An address is taken exactly as it is meant, or not at all.
#include "runtime/listen_address.hpp"

#include <gtest/gtest.h>

namespace rushline::runtime {
namespace {

TEST(ListenAddress, ReadsAddressesOfBothFamiliesAndLocalhost) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080"), (ListenAddress{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_listen_address("0.0.0.0:0"), (ListenAddress{"0.0.0.0", 0}));
  EXPECT_EQ(parse_listen_address("[::1]:65535"), (ListenAddress{"::1", 65535}));
  EXPECT_EQ(parse_listen_address("localhost:80"), (ListenAddress{"localhost", 80}));
}

TEST(ListenAddress, RefusesEverythingElse) {
  for (const auto* text :
       {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:80a", "127.0.0.1: 80", "::1:8080", "[127.0.0.1]:80", "[localhost]:80", "[]:80",
        "[::1:80", "example.org:80", "http://127.0.0.1:80", "127.0.0.1:+80", "256.0.0.1:80"}) {
    EXPECT_EQ(parse_listen_address(text), std::nullopt) << text;
  }
}

TEST(ListenAddress, WritesWhatItReads) {
  for (const auto* text : {"127.0.0.1:8080", "[::]:1", "localhost:0"}) {
    EXPECT_EQ(to_text(*parse_listen_address(text)), text);
  }
}

TEST(ListenAddress, KnowsWhatOnlyThisMachineReaches) {
  for (const auto* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(is_loopback(*parse_listen_address(text))) << text;
  }
  for (const auto* text : {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "[fe80::1]:1", "8.8.8.8:1"}) {
    EXPECT_FALSE(is_loopback(*parse_listen_address(text))) << text;
  }
}

}  // namespace
}  // namespace rushline::runtime
