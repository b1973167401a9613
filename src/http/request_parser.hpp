// Reads one request out of the bytes that have arrived: header by Boost.Beast, framing by hand.
//
// Beast's parser is given whole headers only, so that views into the buffer suffice; lines are
// looked at before it sees them, because it is lenient where a lenient reader lets a request hide
// another one (folded lines, bare line feeds, two lengths).
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <variant>

#include "core/limits.hpp"
#include "core/result.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

namespace rushline::http {

// Why a request cannot be read. The connection cannot go on after it.
struct Unreadable {
  std::variant<Errc, Refusal> reason;
  std::string_view detail;  // a constant of the program
};

// Takes away chunk headers in place: what was decoded stands together at the front of the body.
class ChunkDecoder {
 public:
  enum class Step : std::uint8_t { need_more, done, broken, too_large };

  // Decodes what has arrived of the body at `data`. `size` shrinks by what was taken away; the
  // decoded bytes are the first decoded() of it, followed by what is still to be decoded or, when
  // done, by what follows the request.
  Step decode(char* data, std::size_t& size, std::size_t decoded_max);
  std::size_t decoded() const { return decoded_; }

 private:
  enum class Expect : std::uint8_t { size_line, content, line_end, trailer };

  // The line without its CRLF, or null data when it is not whole yet; `broken` when it ends badly
  // or is too long.
  static std::string_view line_at(std::string_view rest, std::size_t length_max, bool& broken);

  Expect expect_ = Expect::size_line;
  std::size_t decoded_ = 0;
  std::size_t remaining_ = 0;      // of the chunk that is being read
  std::size_t trailer_bytes_ = 0;  // read of the trailer
};

// Used by one loop. One request after the other: reset() between them.
class RequestParser {
 public:
  enum class Status : std::uint8_t { need_more, whole, unreadable };

  explicit RequestParser(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  // Looks at the `size` bytes at `data` that have arrived since the request began. Between calls
  // the bytes may move and grow at the end. Chunked bodies are joined in place, `size` shrinks.
  // When whole, `request` has its method, target, headers and body, all of them views into `data`
  // (a joined header: into this parser).
  Status parse(char* data, std::size_t& size, Request& request);

  // Forgets the request. `request` has no views any more.
  void reset(Request& request);

  // How many bytes the whole request took.
  std::size_t bytes() const { return head_bytes_ + body_bytes_; }
  // The header is whole, the body is not.
  bool is_in_body() const { return head_bytes_ > 0; }
  // The body waits for "100 Continue".
  bool expects_continue() const { return expects_continue_ && is_in_body(); }
  bool keep_alive() const { return keep_alive_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  const Unreadable& why_unreadable() const { return unreadable_; }

 private:
  class Fields;

  Status refuse(std::variant<Errc, Refusal> reason, std::string_view detail);
  Status find_head_end(std::string_view input);
  Status parse_head(std::string_view head, Request& request);
  Status parse_body(char* data, std::size_t& size, Request& request);

  const std::size_t body_bytes_max_;

  // All of them loop-only.
  std::size_t line_begin_ = 0;  // of the header line that is not whole yet
  std::size_t scanned_ = 0;     // no line feed before it
  std::size_t request_line_bytes_ = 0;
  std::size_t head_end_ = 0;    // 0: not found yet
  std::size_t head_bytes_ = 0;  // 0: not parsed yet
  std::size_t body_bytes_ = 0;
  const char* parsed_at_ = nullptr;  // where the views of the request point to
  bool is_chunked_ = false;
  bool keep_alive_ = false;
  bool is_http_1_0_ = false;
  bool expects_continue_ = false;
  ChunkDecoder chunks_;
  std::list<std::string> joined_;  // values of repeated headers
  Unreadable unreadable_{Errc::unreadable, {}};
};

}  // namespace rushline::http
