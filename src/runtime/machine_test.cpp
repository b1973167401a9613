// The machine of the test answers, and what is not there is nothing.
#include "runtime/machine.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/temporary_folder.hpp"

namespace rushline::runtime {
namespace {

TEST(Machine, TellsHowManyFilesMayBeOpen) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lower{.rlim_cur = 100, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
  EXPECT_EQ(open_files_max(), 100);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Machine, KnowsTheDiskOfAFolder) {
  const tests::TemporaryFolder folder;
  const auto room = disk_room(folder.path());
  ASSERT_TRUE(room);
  EXPECT_GT(room->total_bytes, 0);
  EXPECT_LE(room->free_bytes, room->total_bytes);
  EXPECT_FALSE(file_system_of(folder.path()).value_or("").empty());
  EXPECT_TRUE(may_write(folder.path()));
}

TEST(Machine, NamesTheMemoryThatLooksLikeADisk) {
  const auto name = file_system_of("/dev/shm");
  if (!name) GTEST_SKIP() << "there is no /dev/shm";
  EXPECT_EQ(*name, "tmpfs");
}

TEST(Machine, KnowsNothingOfAFolderThatIsNotThere) {
  const tests::TemporaryFolder folder;
  EXPECT_FALSE(disk_room(folder / "nowhere"));
  EXPECT_FALSE(file_system_of(folder / "nowhere"));
  EXPECT_FALSE(may_write(folder / "nowhere"));
}

}  // namespace
}  // namespace rushline::runtime
