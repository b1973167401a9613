// What shoppers saw, read back from the files of `rushline load --history`. docs/history.md
// describes the format.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace rushline::verify {

enum class Told : std::uint8_t { issued, repeat, sold_out, queued, refused, error, timeout };

// One press of the button. Times are microseconds since 1970 in UTC.
struct Operation {
  std::int64_t op = 0;
  UserId user;
  CouponEventId event;
  std::int64_t invoke_us = 0;
  std::optional<std::int64_t> complete_us;  // nothing = never answered
  Told told = Told::error;
  std::optional<CouponId> coupon;
  std::int64_t issue_no = 0;

  bool has_coupon() const { return told == Told::issued || told == Told::repeat; }
};

// One line. Errc::unreadable says what is wrong with it.
Result<Operation> parse_operation(std::string_view line);

// Appends every line of the file at `path`. Errc::unavailable when it cannot be read,
// Errc::unreadable names the line.
Result<void> read_history(const std::string& path, std::vector<Operation>& operations);

}  // namespace rushline::verify
