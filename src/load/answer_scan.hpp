// The least reading of an HTTP answer that tells how a press ended: fast enough that the generator
// does not measure itself.
//
// Only for answers with Content-Length, which is what Rushline sends to coupon requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "load/outcome.hpp"

namespace rushline::load {

// The views point into the bytes that were scanned.
struct ScannedAnswer {
  int status = 0;
  bool keep_alive = true;
  std::string_view body;
  std::size_t bytes = 0;  // of the whole answer, head included
};

enum class Scan : std::uint8_t {
  complete,
  more,    // the answer has not arrived wholly
  broken,  // not an HTTP/1.x answer with Content-Length
};

// Looks at the first answer in `bytes`.
Scan scan_answer(std::string_view bytes, ScannedAnswer& answer);

struct ScannedVerdict {
  Outcome outcome = Outcome::error;
  std::string_view code;  // of a refusal or an error answer; empty if there is none
  std::optional<std::int64_t> coupon_id;
  std::optional<std::int64_t> issue_no;
  std::optional<std::int64_t> position = {};  // of a place in line
};

// What the answer to a coupon request says.
ScannedVerdict scan_verdict(int status, std::string_view body);

}  // namespace rushline::load
