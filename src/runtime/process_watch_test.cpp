// What the process uses is seen at the next look.
#include "runtime/process_watch.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <vector>

namespace rushline::runtime {
namespace {

TEST(ProcessWatch, SeesFilesThatAreOpen) {
  ProcessWatch watch;
  const std::int64_t before = watch.last().open_files;
  EXPECT_GE(before, 3);
  {
    std::vector<std::ifstream> files;
    for (int i = 0; i < 5; ++i) files.emplace_back("/proc/self/stat");
    EXPECT_EQ(watch.last().open_files, before) << "only a look reads";
    watch.look();
    EXPECT_EQ(watch.last().open_files, before + 5);
  }
  watch.look();
  EXPECT_EQ(watch.last().open_files, before);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(watch.last().files_max, static_cast<std::int64_t>(limit.rlim_cur));
}

TEST(ProcessWatch, SeesProcessorTimeMemoryAndTheBeginning) {
  ProcessWatch watch;
  const ProcessUse before = watch.last();
  rusage used{};
  std::vector<char> memory;
  do {
    memory.insert(memory.end(), 4'096, 'x');
    ASSERT_EQ(::getrusage(RUSAGE_SELF, &used), 0);
  } while (memory.size() < 64 * 1024 * 1024);
  watch.look();
  const ProcessUse after = watch.last();
  EXPECT_GT(after.cpu, before.cpu);
  EXPECT_GE(after.resident_bytes, before.resident_bytes + 48 * 1024 * 1024);
  EXPECT_EQ(after.started_at, before.started_at);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_LT(after.started_at, now);
  EXPECT_GT(after.started_at, now - std::chrono::hours{1});
}

}  // namespace
}  // namespace rushline::runtime
