// proc(5): stat has the times and the memory, fd the open files.
#include "runtime/process_watch.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace rushline::runtime {
namespace {

using std::chrono::microseconds;

microseconds read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::seconds{now.tv_sec} + microseconds{now.tv_nsec / 1'000};
}

microseconds of_ticks(std::int64_t ticks) {
  return microseconds{ticks * 1'000'000 / ::sysconf(_SC_CLK_TCK)};
}

void read_stat(ProcessUse& use) {
  std::ifstream file("/proc/self/stat");
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  // The second field is the name, in brackets, and may hold anything.
  const std::size_t name_end = all.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(all.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  std::int64_t started = 0;  // after the machine
  std::int64_t pages = 0;
  fields >> user >> system;
  for (int field = 16; field < 22; ++field) fields >> skipped;
  fields >> started >> skipped >> pages;
  if (!fields) return;
  use.cpu = of_ticks(user + system);
  use.resident_bytes = pages * ::sysconf(_SC_PAGESIZE);
  // Once: a clock that is set would move it.
  if (use.started_at == microseconds{0}) {
    use.started_at = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME) + of_ticks(started);
  }
}

void read_files(ProcessUse& use) {
  constexpr const char* folder = "/proc/self/fd";
  struct stat about {};
  // Since Linux 6.2 the size of the folder is their number.
  if (::stat(folder, &about) == 0 && about.st_size > 0) {
    use.open_files = about.st_size;
  } else {
    std::error_code ignored;
    const std::filesystem::directory_iterator files(folder, ignored);
    if (!ignored) use.open_files = std::distance(begin(files), end(files)) - 1;  // its own
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    use.files_max = static_cast<std::int64_t>(limit.rlim_cur);
  }
}

}  // namespace

void ProcessWatch::look() {
  ProcessUse use = last();
  read_stat(use);
  read_files(use);
  const std::lock_guard lock(mutex_);
  last_ = use;
}

}  // namespace rushline::runtime
