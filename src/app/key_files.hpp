// The files of API keys and shopper secrets: read at the start, and again when they were replaced.
//
// Replace them as a whole (write another file, rename it over the old one): one that is written in
// place may be read half done.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "http/access.hpp"
#include "runtime/settings.hpp"

namespace rushline::app {

// Used by one thread at a time.
class KeyFiles {
 public:
  explicit KeyFiles(const runtime::Settings& settings);

  // Who may call, as the files say now; without a keys file, everybody. Errc::configuration: a file
  // cannot be read, is not right, or lets others read secrets.
  Result<http::Access> read();
  // Whether they look otherwise than when they were read last, with whatever result.
  bool have_changed() const;

 private:
  // What tells a file from its successor; zeros when there is none.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  static Stamp stamp_of(const std::string& path);
  std::array<Stamp, 2> stamps() const;

  std::string keys_path_;     // constant; empty = none
  std::string secrets_path_;  // constant; empty = none
  std::array<Stamp, 2> read_;
};

}  // namespace rushline::app
