// What the machine is like on which this process runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rushline::runtime {

// Files and connections that this process may have open at a time. Nothing where there is no bound.
std::optional<std::int64_t> open_files_max();

// Whether something keeps the wall clock in step; nothing when the kernel does not say.
std::optional<bool> clock_is_synchronised();

struct DiskRoom {
  std::int64_t free_bytes = 0;  // for this user
  std::int64_t total_bytes = 0;
};
// Of the disk that holds the folder; nothing when it cannot be looked at.
std::optional<DiskRoom> disk_room(const std::string& folder);
// "ext4", "nfs", "tmpfs"; for one without a name here its number in hex. Nothing as above.
std::optional<std::string> file_system_of(const std::string& folder);

// Whether this process may make files in the folder.
bool may_write(const std::string& folder);

}  // namespace rushline::runtime
