// A log whose lines a test can read.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "runtime/log.hpp"

namespace rushline::tests {

class LogInMemory {
 public:
  explicit LogInMemory(runtime::LogFormat format)
      : log_(runtime::LogLevel::debug, format, *file_) {}

  runtime::Log& log() { return log_; }
  // Everything that was written.
  std::string text() { return file_.text(); }

 private:
  class File {
   public:
    File() = default;
    ~File() {
      std::fclose(stream_);
      std::free(bytes_);  // NOLINT: open_memstream hands out malloc'ed memory
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    std::FILE* operator*() { return stream_; }
    std::string text() {
      std::fflush(stream_);
      return {bytes_, size_};
    }

   private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* stream_ = ::open_memstream(&bytes_, &size_);
  };

  File file_;  // outlives the log
  runtime::Log log_;
};

}  // namespace rushline::tests
