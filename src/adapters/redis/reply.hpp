// What Redis answers, as a value; and the reader that turns bytes into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rushline::redis {

struct Reply {
  enum class Kind : std::uint8_t { nil, text, status, integer, array, error };

  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;          // of text, status and error
  std::vector<Reply> items;  // of an array
  std::uint32_t server = 0;  // who gave it, where there are several (Client::send_to)

  bool is(Kind wanted) const { return kind == wanted; }
  bool is_error() const { return kind == Kind::error; }
};

// RESP2 from a peer that is not trusted: hiredis' reader with builders of our own. Memory grows
// with the bytes that arrived, never with what a header claims. What it gives does not depend on
// how the bytes were cut. An error inside of an array is a value: EXEC answers so. Used by one
// thread.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  // Copies. Take what is whole after each: more than limits::redis_reply_bytes_max that nobody took
  // is Errc::corrupt.
  void feed(std::string_view bytes);
  // The next whole reply; nothing when more bytes are needed. Errc::corrupt for what is no RESP2,
  // is nested too deep, or is larger than limits::redis_reply_bytes_max or
  // limits::redis_reply_items_max: the connection cannot be used any more.
  Result<std::unique_ptr<Reply>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rushline::redis
