// From a Reply to the bytes of an HTTP/1.1 answer.
#pragma once

#include <string>
#include <string_view>

#include "core/time.hpp"
#include "http/output_buffer.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace rushline::http {

// What the connection adds.
struct ReplyFrame {
  std::string_view date;        // date_header(): made once a second
  RequestId request = {};       // X-Request-Id
  bool is_head = false;         // the body is left out, its length is said
  bool keep_alive = true;       // otherwise "Connection: close"
  bool is_http_1_0 = false;     // keeping alive must be said
  std::string_view lines = {};  // of every answer to such a client, each ended by "\r\n"
};

// Appends the whole answer. `reply.headers`, location and etag must not be a client's raw words:
// they are written as they are.
void write_reply(OutputBuffer& out, const ReplyView& reply, const ReplyFrame& frame);

// Appends the head of an answer whose body is sent bit by bit: chunked, without frames for
// HTTP/1.0. The connection ends after it.
void write_stream_head(OutputBuffer& out, std::string_view content_type, const ReplyFrame& frame);

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
std::string date_header(Timestamp now);

}  // namespace rushline::http
