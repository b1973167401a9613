// What the parser takes, where it finds the parts, and which tricks it refuses.
#include "http/request_parser.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace rushline::http {
namespace {

constexpr std::size_t body_max = 1000;

// What came out of feeding bytes to a parser.
struct Parsed {
  RequestParser::Status status = RequestParser::Status::need_more;
  std::string method_and_target;
  std::string body;
  std::string prefer;
  std::string key;
  std::string rest;  // what follows the request
  std::variant<Errc, Refusal> reason = Errc::unreadable;
};

// Feeds `text` `step` bytes at a time, each time in a buffer at another address.
Parsed parse_in_steps(std::string_view text, std::size_t step) {
  RequestParser parser(body_max);
  Request request;
  std::vector<char> input;
  Parsed parsed;
  for (std::size_t at = 0; at < text.size() || text.empty(); at += step) {
    const std::string_view more = text.substr(at, step);
    std::vector<char> moved(input);
    moved.insert(moved.end(), more.begin(), more.end());
    std::swap(moved, input);
    std::fill(moved.begin(), moved.end(), '?');  // whoever looks at the old place sees nothing
    std::size_t size = input.size();
    parsed.status = parser.parse(input.data(), size, request);
    input.resize(size);
    if (parsed.status == RequestParser::Status::whole) {
      parsed.method_and_target = std::to_string(static_cast<int>(request.method)) + " " +
                                 std::string(request.path) + "?" + std::string(request.query);
      parsed.body = request.body;
      parsed.prefer = request.header(Header::prefer);
      parsed.key = request.header(Header::idempotency_key);
      parsed.rest = std::string(input.data() + parser.bytes(), size - parser.bytes());
      parsed.rest += text.substr(std::min(text.size(), at + step));
      return parsed;
    }
    if (parsed.status == RequestParser::Status::unreadable) {
      parsed.reason = parser.why_unreadable().reason;
      return parsed;
    }
    if (text.empty()) break;
  }
  return parsed;
}

Parsed parse(std::string_view text) {
  return parse_in_steps(text, std::max<std::size_t>(1, text.size()));
}

constexpr std::string_view with_length =
    "POST /v1/orders?dry=1 HTTP/1.1\r\nHost: shop\r\nIdempotency-Key: abc\r\nContent-Length: 5\r\n"
    "Prefer: wait=3\r\nprefer: respond-async\r\n\r\nhelloGET / HTTP/1.1\r\n";
constexpr std::string_view with_chunks =
    "POST /v1/orders?dry=1 HTTP/1.1\r\nHost: shop\r\nIdempotency-Key: abc\r\nPrefer: wait=3\r\n"
    "prefer: respond-async\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2;why=not\r\nhe\r\n03\r\nllo\r\n0\r\nTrailer: 1\r\n\r\nGET / HTTP/1.1\r\n";

TEST(RequestParser, FindsTheSamePartsHoweverTheBytesArrive) {
  for (const std::string_view text : {with_length, with_chunks}) {
    for (std::size_t step = 1; step <= text.size(); ++step) {
      const Parsed parsed = parse_in_steps(text, step);
      ASSERT_EQ(parsed.status, RequestParser::Status::whole) << step;
      EXPECT_EQ(parsed.method_and_target, "2 /v1/orders?dry=1");
      EXPECT_EQ(parsed.body, "hello");
      EXPECT_EQ(parsed.prefer, "wait=3, respond-async");
      EXPECT_EQ(parsed.key, "abc");
      EXPECT_EQ(parsed.rest, "GET / HTTP/1.1\r\n");
    }
  }
}

TEST(RequestParser, TakesNoPrefixForAWholeRequest) {
  for (const std::string_view text : {with_length, with_chunks}) {
    const std::size_t whole = text.size() - std::string_view("GET / HTTP/1.1\r\n").size();
    for (std::size_t size = 0; size < whole; ++size) {
      EXPECT_EQ(parse(text.substr(0, size)).status, RequestParser::Status::need_more) << size;
    }
    EXPECT_EQ(parse(text.substr(0, whole)).status, RequestParser::Status::whole);
  }
}

TEST(RequestParser, TakesTheFormOfTargetThatProxiesSend) {
  const Parsed parsed = parse("GET http://shop:80/livez?a=b HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_EQ(parsed.method_and_target, "0 /livez?a=b");
}

TEST(RequestParser, KeepsAnEmptyHeaderApartFromAMissingOne) {
  RequestParser parser(body_max);
  Request request;
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\nIdempotency-Key:\r\n\r\n";
  std::size_t size = text.size();
  ASSERT_EQ(parser.parse(text.data(), size, request), RequestParser::Status::whole);
  EXPECT_TRUE(request.has(Header::idempotency_key));
  EXPECT_FALSE(request.has(Header::prefer));
}

// A request that must not be read, and why.
struct Refused {
  const char* what;
  std::string text;
  std::variant<Errc, Refusal> reason = Errc::unreadable;
};

std::string post(std::string_view headers, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

TEST(RequestParser, RefusesWhatTwoReadersCouldReadDifferently) {
  const std::vector<Refused> refused{
      {"length and chunks",
       post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunks and length",
       post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")},
      {"two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")},
      {"the same length twice", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")},
      {"a list of lengths", post("Content-Length: 3, 3\r\n", "abc")},
      {"a signed length", post("Content-Length: +3\r\n", "abc")},
      {"a negative length", post("Content-Length: -3\r\n", "abc")},
      {"no length", post("Content-Length:\r\n", "abc")},
      {"a length that wraps", post("Content-Length: 18446744073709551619\r\n", "abc")},
      {"an unknown encoding", post("Transfer-Encoding: gzip\r\n", "abc")},
      {"two encodings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"chunked twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunks over HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"a folded line", "GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n c\r\n\r\n"},
      {"a bare line feed", "GET / HTTP/1.1\nHost: a\n\n"},
      {"a bare line feed later", "GET / HTTP/1.1\r\nHost: a\nAccept: b\r\n\r\n"},
      {"a bare carriage return", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"},
      {"a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
      {"a line without a colon", "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n"},
      {"a zero byte", std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29)},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\nAccept: a\r\n\r\n"},
      {"two idempotency keys", post("Idempotency-Key: a\r\nIdempotency-Key: b\r\n", "")},
      {"two keys", post("Authorization: Bearer a\r\nauthorization: Bearer b\r\n", "")},
      {"an unknown version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"no version", "GET /\r\nHost: a\r\n\r\n"},
      {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
      {"a target that is no path", "GET livez HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target for proxies", "CONNECT shop:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a bad chunk size", post("Transfer-Encoding: chunked\r\n", "x\r\nabc\r\n0\r\n\r\n")},
      {"no chunk size", post("Transfer-Encoding: chunked\r\n", "\r\nabc\r\n0\r\n\r\n")},
      {"a chunk size with a blank",
       post("Transfer-Encoding: chunked\r\n", "3 \r\nabc\r\n0\r\n\r\n")},
      {"a bare line feed after a size",
       post("Transfer-Encoding: chunked\r\n", "3\nabc\r\n0\r\n\r\n")},
      {"a chunk without its end", post("Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n")},
      {"an endless chunk line",
       post("Transfer-Encoding: chunked\r\n", "3;" + std::string(5000, 'x'))},
      {"an endless trailer", post("Transfer-Encoding: chunked\r\n",
                                  "0\r\n" + std::string(limits::http_header_bytes_max, 'x'))},
  };
  for (const Refused& one : refused) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, one.text.size()}) {
      const Parsed parsed = parse_in_steps(one.text, step);
      EXPECT_EQ(parsed.status, RequestParser::Status::unreadable) << one.what;
      EXPECT_EQ(parsed.reason, one.reason) << one.what;
    }
  }
}

TEST(RequestParser, SaysWhichLimitIsExceeded) {
  const std::string long_line = "GET /" + std::string(limits::http_request_line_bytes_max, 'x');
  const std::string large_header =
      "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(limits::http_header_bytes_max, 'x');
  const std::vector<Refused> refused{
      {"request line", long_line, Refusal::uri_too_long},
      {"whole request line", long_line + " HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::uri_too_long},
      {"header", large_header, Refusal::header_too_large},
      {"whole header", large_header + "\r\n\r\n", Refusal::header_too_large},
      {"length", post("Content-Length: 1001\r\n", ""), Refusal::payload_too_large},
      {"chunk", post("Transfer-Encoding: chunked\r\n", "3e9\r\n"), Refusal::payload_too_large},
      {"chunks together",
       post("Transfer-Encoding: chunked\r\n", "3e0\r\n" + std::string(0x3e0, 'x') + "\r\n9\r\n"),
       Refusal::payload_too_large},
      {"a chunk size that wraps", post("Transfer-Encoding: chunked\r\n", "10000000000000003\r\n"),
       Refusal::payload_too_large},
      {"expectation", post("Expect: tea\r\n", ""), Refusal::expectation_failed},
  };
  for (const Refused& one : refused) {
    const Parsed parsed = parse(one.text);
    EXPECT_EQ(parsed.status, RequestParser::Status::unreadable) << one.what;
    EXPECT_EQ(parsed.reason, one.reason) << one.what;
  }
}

TEST(RequestParser, TakesWhatIsExactlyAtTheLimits) {
  const std::string line_rest = " HTTP/1.1\r";
  const std::string line =
      "GET /" + std::string(limits::http_request_line_bytes_max - 5 - line_rest.size(), 'x');
  EXPECT_EQ(parse(line + line_rest + "\nHost: a\r\n\r\n").status, RequestParser::Status::whole);
  EXPECT_EQ(parse(post("Content-Length: 1000\r\n", std::string(1000, 'x'))).status,
            RequestParser::Status::whole);
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n",
                       "3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n"))
                .status,
            RequestParser::Status::whole);
}

// A chunked body of any pieces is its content, wherever the bytes are cut.
RC_GTEST_PROP(RequestParser, JoinsAnyChunks, (const std::vector<std::string>& pieces)) {
  std::string body;
  std::string chunks;
  for (const std::string& piece : pieces) {
    if (piece.empty() || body.size() + piece.size() > body_max) continue;
    static constexpr std::string_view digits = "0123456789abcdef";
    chunks +=
        {digits[piece.size() >> 8 & 15], digits[piece.size() >> 4 & 15], digits[piece.size() & 15]};
    chunks += "\r\n" + piece + "\r\n";
    body += piece;
  }
  const auto step = *rc::gen::inRange<std::size_t>(1, 64);
  const Parsed parsed =
      parse_in_steps(post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\nnext"), step);
  RC_ASSERT(parsed.status == RequestParser::Status::whole);
  RC_ASSERT(parsed.body == body);
  RC_ASSERT(parsed.rest == "next");
}

// Requests with a few bytes changed, dropped or doubled are read or refused, never anything else,
// and the same way however they arrive.
RC_GTEST_PROP(RequestParser, ReadsDamagedRequestsTheSameWayHoweverTheyArrive, ()) {
  std::string text(*rc::gen::element(with_length, with_chunks));
  const int changes = *rc::gen::inRange(1, 6);
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        text[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        text.erase(at, 1);
        break;
      default:
        text.insert(at, 1, *rc::gen::elementOf(std::string("\r\n \t:;0a,")));
        break;
    }
  }
  const Parsed at_once = parse(text);
  const Parsed in_steps = parse_in_steps(text, *rc::gen::inRange<std::size_t>(1, 40));
  RC_ASSERT(at_once.status == in_steps.status);
  RC_ASSERT(at_once.body == in_steps.body);
  RC_ASSERT(at_once.rest == in_steps.rest);
}

}  // namespace
}  // namespace rushline::http
