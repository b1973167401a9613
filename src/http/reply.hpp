// One answer, before it becomes bytes.
//
// Content-Length, Date and Connection are added by the connection. An answer to HEAD and a 304 are
// written without their body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rushline::http {

namespace content_type {
inline constexpr std::string_view json = "application/json";
inline constexpr std::string_view problem = "application/problem+json";
inline constexpr std::string_view text = "text/plain; charset=utf-8";
inline constexpr std::string_view metrics = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view event_stream = "text/event-stream";
inline constexpr std::string_view html = "text/html; charset=utf-8";
}  // namespace content_type

// An answer that lives on while it travels to its loop.
struct Reply {
  std::uint16_t status = 200;
  std::string_view content_type = content_type::json;  // a constant of the program; not copied
  std::string body = {};                               // none: no Content-Type is sent
  std::string location = {};                           // none: no such header
  std::string etag = {};                               // with its quotes; none: no such header
  std::uint32_t retry_after_s = 0;                     // 0: no such header
  std::string headers = {};                            // more of them, each ended by "\r\n"
  bool close = false;                                  // end the connection after it
};

// The same as views, for an answer that is written at once (Responder::send_now).
struct ReplyView {
  std::uint16_t status = 200;
  std::string_view content_type = content_type::json;
  std::string_view body = {};
  std::string_view location = {};
  std::string_view etag = {};
  std::uint32_t retry_after_s = 0;
  std::string_view headers = {};
  bool close = false;
};

inline ReplyView view_of(const Reply& reply) {
  return {reply.status, reply.content_type,  reply.body,    reply.location,
          reply.etag,   reply.retry_after_s, reply.headers, reply.close};
}

}  // namespace rushline::http
