// Asks the kernel.
#include "runtime/machine.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace rushline::runtime {
namespace {

// As linux/magic.h and their own headers number them.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 16> file_systems = {{
    {0xEF53, "ext4"},
    {0x58465342, "xfs"},
    {0x9123683E, "btrfs"},
    {0x2FC12FC1, "zfs"},
    {0xF2F52010, "f2fs"},
    {0x794C7630, "overlay"},
    {0x01021994, "tmpfs"},
    {0x858458F6, "ramfs"},
    {0x6969, "nfs"},
    {0xFF534D42, "cifs"},
    {0xFE534D42, "smb2"},
    {0x01021997, "9p"},
    {0x00C36400, "ceph"},
    {0x5346414F, "afs"},
    {0x65735546, "fuse"},
    {0x6A656A63, "virtiofs"},
}};

}  // namespace

std::optional<std::int64_t> open_files_max() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(limit.rlim_cur);
}

std::optional<bool> clock_is_synchronised() {
  timex state{};
  if (::adjtimex(&state) < 0) return std::nullopt;
  return (state.status & STA_UNSYNC) == 0;
}

std::optional<DiskRoom> disk_room(const std::string& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
  const auto block = static_cast<std::int64_t>(disk.f_frsize);
  return DiskRoom{static_cast<std::int64_t>(disk.f_bavail) * block,
                  static_cast<std::int64_t>(disk.f_blocks) * block};
}

std::optional<std::string> file_system_of(const std::string& folder) {
  struct statfs disk {};
  if (::statfs(folder.c_str(), &disk) != 0) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(disk.f_type);
  const auto* const found =
      std::ranges::find(file_systems, number, [](const auto& row) { return row.first; });
  if (found == file_systems.end()) return fmt::format("{:#x}", number);
  return std::string(found->second);
}

bool may_write(const std::string& folder) { return ::access(folder.c_str(), W_OK | X_OK) == 0; }

}  // namespace rushline::runtime
