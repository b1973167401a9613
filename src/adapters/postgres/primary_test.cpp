// What a process believes of its server: which one it is, and what of it may be told.
#include "adapters/postgres/primary.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace rushline::postgres {
namespace {

Address address_of(const std::string& hosts) {
  return *Address::parse("postgresql://" + hosts + "/shop", Pooler::none);
}

std::string word(const Address::Parameters& parameters, const std::string& keyword) {
  for (const auto& [name, value] : parameters) {
    if (name == keyword) return value;
  }
  return "";
}

TEST(Primary, IsInDoubtUntilWhatCameBeforeACommitIsConfirmed) {
  Primary primary(address_of("a"));
  EXPECT_FALSE(primary.in_doubt());
  primary.raise_doubt();
  const auto before_commit = primary.doubts();
  primary.raise_doubt();  // while that commit is under way
  primary.confirm(before_commit);
  EXPECT_TRUE(primary.in_doubt());
  primary.confirm(primary.doubts());
  EXPECT_FALSE(primary.in_doubt());
  primary.confirm(before_commit);  // an older one that comes late
  EXPECT_FALSE(primary.in_doubt());
}

TEST(Primary, IsTheServerOfTheNewestTimeline) {
  Primary primary(address_of("a,b"));
  EXPECT_TRUE(primary.is_current(1));
  EXPECT_TRUE(primary.is_current(3));
  EXPECT_FALSE(primary.is_current(1));
  EXPECT_TRUE(primary.is_current(3));
}

TEST(Primary, IsLookedForWhereItWasAndElsewhereAfterAWrongOne) {
  Primary primary(address_of("a,b,c"));
  EXPECT_EQ(primary.first_host(), 0U);
  primary.connected(1);
  EXPECT_EQ(primary.first_host(), 1U);
  primary.avoid(2);
  EXPECT_EQ(primary.first_host(), 0U);
}

TEST(Primary, IsLookedAtOncePerIntervalWhileCommitsHang) {
  Primary primary(address_of("a"));
  const Monotonic now{};
  primary.commit_hangs();
  EXPECT_TRUE(primary.begin_hang_look(now));
  EXPECT_FALSE(primary.begin_hang_look(now));
  EXPECT_TRUE(primary.begin_hang_look(now + limits::postgres_hang_look_interval));
  primary.hang_is_over();
  EXPECT_FALSE(primary.hangs());
  EXPECT_TRUE(primary.in_doubt());  // an operator may have ended the wait
}

TEST(Primary, HangsWhileItsOldestCommitTakesTooLong) {
  Primary primary(address_of("a"));
  const Monotonic begun{};
  const Monotonic later = begun + limits::postgres_commit_slow_time;
  primary.commit_begins(begun);
  primary.commit_begins(later);
  EXPECT_FALSE(primary.state(later).hangs);
  EXPECT_TRUE(primary.state(later + std::chrono::milliseconds(1)).hangs);
  primary.commit_ends(begun);
  EXPECT_FALSE(primary.state(later + std::chrono::milliseconds(1)).hangs);
}

TEST(PostgresAddress, TriesItsHostsFromAnyOnOn) {
  const Address address = address_of("a:1,b:2,c:3");
  const auto turned = address.parameters_from(1);
  EXPECT_EQ(word(turned, "host"), "b,c,a");
  EXPECT_EQ(word(turned, "port"), "2,3,1");
  EXPECT_EQ(word(address.parameters_from(3), "host"), "a,b,c");
  EXPECT_EQ(word(turned, "target_session_attrs"), "read-write");
  EXPECT_EQ(address.hosts(), (std::vector<Address::Host>{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  const auto one_port = address_of("a,b").parameters_from(1);
  EXPECT_EQ(word(one_port, "host"), "b,a");
  EXPECT_EQ(Address::parse("postgresql:///shop", Pooler::none)->hosts().size(), 1U);
}

}  // namespace
}  // namespace rushline::postgres
