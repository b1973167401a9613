// How answers look on the wire.
#include "http/reply_writer.hpp"

#include <gtest/gtest.h>

#include "http/event_stream.hpp"

namespace rushline::http {
namespace {

constexpr std::string_view date = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

std::string written(const ReplyView& reply, const ReplyFrame& frame = {.date = date}) {
  OutputBuffer out;
  write_reply(out, reply, frame);
  return std::string(out.view());
}

TEST(ReplyWriter, WritesHeadersAndBody) {
  EXPECT_EQ(written({.status = 201, .body = "{}", .location = "/v1/x/1", .etag = "\"7\""}),
            "HTTP/1.1 201 Created\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            "X-Request-Id: 0000000000000000\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\nLocation: /v1/x/1\r\n"
            "ETag: \"7\"\r\n\r\n{}");
}

TEST(ReplyWriter, NamesTheRequest) {
  EXPECT_NE(written({}, {.date = date, .request = {0x5f0c9a1e2b3d4c5fULL}})
                .find("\r\nX-Request-Id: 5f0c9a1e2b3d4c5f\r\n"),
            std::string::npos);
}

TEST(ReplyWriter, LeavesTheBodyOutForHeadAndSaysItsLength) {
  const std::string head = written({.body = "hello"}, {.date = date, .is_head = true});
  EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST(ReplyWriter, SaysNothingOfABodyWhereThereIsNone) {
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{304}}) {
    const std::string text = written({.status = status, .body = "left out", .etag = "\"7\""});
    EXPECT_EQ(text.find("Content-"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("ETag: \"7\"\r\n\r\n")) << text;
  }
  EXPECT_NE(written({}).find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(ReplyWriter, SaysWhetherTheConnectionGoesOn) {
  EXPECT_EQ(written({}).find("Connection:"), std::string::npos);
  EXPECT_NE(written({}, {.date = date, .keep_alive = false}).find("Connection: close\r\n"),
            std::string::npos);
  EXPECT_NE(written({}, {.date = date, .is_http_1_0 = true}).find("Connection: keep-alive\r\n"),
            std::string::npos);
}

TEST(ReplyWriter, AddsWhatTheHandlerAdds) {
  const std::string text =
      written({.status = 503, .retry_after_s = 2, .headers = "Allow: GET\r\n"});
  EXPECT_NE(text.find("Retry-After: 2\r\nAllow: GET\r\n\r\n"), std::string::npos) << text;
}

TEST(ReplyWriter, WritesDatesAsHttpWantsThem) {
  EXPECT_EQ(date_header(*parse_rfc3339("1994-11-06T08:49:37.9Z")),
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
}

TEST(EventStream, WritesAnEventWithAndWithoutId) {
  EXPECT_EQ(event_text("state", "4", "{}"), "event: state\nid: 4\ndata: {}\n\n");
  EXPECT_EQ(event_text("state", "", "{}"), "event: state\ndata: {}\n\n");
}

}  // namespace
}  // namespace rushline::http
