// A PostgreSQL and a Redis of the demo's own: from the installed programs, with their data in the
// demo's folder, on free ports of this machine.
#pragma once

#include <string>
#include <vector>

#include "runtime/child_process.hpp"

namespace rushline::app {

// Up while it lives. Used by one thread.
class PrivateServers {
 public:
  // Throws VerbFailure: a program is not installed (exit code 4), or does not come up.
  explicit PrivateServers(const std::string& folder);

  std::string database_url() const;
  std::string redis_url() const;

 private:
  void start_postgres(const std::string& folder);
  void start_redis(const std::string& folder);
  void run(const std::vector<std::string>& command, const std::string& log, const char* what);

  int postgres_port_ = 0;
  int redis_port_ = 0;
  std::vector<runtime::ChildProcess> processes_;
};

}  // namespace rushline::app
