// What the shoppers of a run saw, one JSON object per line: what `rushline verify --history` reads.
// docs/history.md describes the format.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "load/outcome.hpp"

namespace rushline::load {

// One press of the button and its end.
struct Operation {
  std::string_view user;
  CouponEventId event;
  Timestamp invoked;                   // just before the request was sent
  std::optional<Timestamp> completed;  // just after the answer was read; nothing = never answered
  Outcome outcome = Outcome::error;
  std::string_view code;  // of a refusal
  std::optional<std::int64_t> coupon_id;
  std::optional<std::int64_t> issue_no;
  std::optional<std::int64_t> position = {};
};

// A look at the event before the run: with it the history says from which quantity on it starts.
struct SeenEvent {
  CouponEventId event;
  std::int64_t quantity = 0;
  Timestamp invoked;
  Timestamp completed;
};

// Appends to a file through a buffer. Used by one thread.
class HistoryWriter {
 public:
  // Errc::unavailable when the file cannot be written.
  static Result<HistoryWriter> create(const std::string& path);

  void write(const Operation& operation);
  void write(const SeenEvent& seen);

  // Errc::unavailable when anything written so far did not reach the file.
  Result<void> finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  HistoryWriter(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::string line_;  // kept to reuse its memory
  std::int64_t written_ = 0;
};

}  // namespace rushline::load
