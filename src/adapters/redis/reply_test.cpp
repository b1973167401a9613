// Whatever bytes come, and however they are cut, the reader gives the same replies and never more
// memory than arrived.
#include "adapters/redis/reply.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <rapidcheck/gtest.h>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

std::string shown(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::text:
      return fmt::format("'{}'", reply.text);
    case Reply::Kind::status:
      return "+" + reply.text;
    case Reply::Kind::error:
      return "-" + reply.text;
    case Reply::Kind::integer:
      return std::to_string(reply.integer);
    case Reply::Kind::array:
      break;
  }
  std::string text = "[";
  for (const Reply& item : reply.items) text += shown(item) + " ";
  return text + "]";
}

// Everything that came of the bytes, ended by "corrupt" if it was.
std::string read(ReplyReader& reader) {
  std::string all;
  for (;;) {
    const auto reply = reader.next();
    if (!reply) return all + std::string(to_word(reply.error().code));
    if (*reply == nullptr) return all;
    all += shown(**reply) + "\n";
  }
}

std::string read_whole(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  return read(reader);
}

std::string read_byte_by_byte(std::string_view bytes) {
  ReplyReader reader;
  std::string all;
  for (const char byte : bytes) {
    reader.feed(std::string_view(&byte, 1));
    all += read(reader);
    if (all.ends_with("corrupt")) break;
  }
  return all;
}

TEST(ReplyReader, KnowsEveryKindOfReply) {
  EXPECT_EQ(read_whole("+OK\r\n-ERR no\r\n:-42\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"),
            "+OK\n-ERR no\n-42\n'a\r\n'\n''\nnil\nnil\n[]\n");
}

TEST(ReplyReader, KnowsArraysInArraysWithErrorsInside) {
  EXPECT_EQ(read_whole("*3\r\n*2\r\n:1\r\n-ERR x\r\n*0\r\n*1\r\n*1\r\n$1\r\nz\r\n"),
            "[[1 -ERR x ] [] [['z' ] ] ]\n");
}

TEST(ReplyReader, ReadsALargeArrayWhole) {
  std::string bytes = "*50000\r\n";
  for (int i = 0; i < 50'000; ++i) bytes += "*2\r\n$3\r\nabc\r\n:7\r\n";
  ReplyReader reader;
  reader.feed(bytes);
  const auto reply = reader.next();
  ASSERT_TRUE(reply && *reply);
  ASSERT_EQ((*reply)->items.size(), 50'000U);
  EXPECT_EQ((*reply)->items.back().items.front().text, "abc");
}

TEST(ReplyReader, ReadsATextOfManyPieces) {
  const std::string text(3'000'000, 'x');
  EXPECT_EQ(read_whole(fmt::format("${}\r\n{}\r\n:1\r\n", text.size(), text)),
            fmt::format("'{}'\n1\n", text));
}

TEST(ReplyReader, WaitsForTheRest) {
  for (const std::string_view begun : {"", "+", "+OK", "+OK\r", "$5\r\nhell", "$5\r\nhello\r", "*2",
                                       "*2\r\n:1\r\n", "$", "$67108864\r\nx"}) {
    EXPECT_EQ(read_whole(begun), "") << begun;
  }
}

TEST(ReplyReader, CallsCorruptWhatIsNoReply) {
  for (const std::string_view garbage :
       {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "%1\r\n", ":\r\n", ":1a\r\n", ": 1\r\n",
        ":9223372036854775808\r\n", "$-2\r\n", "$x\r\n", "$1x\r\n", "$\r\n", "*-2\r\n", "*1x\r\n",
        "*4294967296\r\n", "*99999999999999999999\r\n", "$9223372036854775807\r\n",
        "$99999999999999999999\r\n", "$3\r\nabcde", "$0\r\nab"}) {
    EXPECT_EQ(read_whole(garbage), "corrupt") << garbage;
  }
}

TEST(ReplyReader, StaysCorruptAndKeepsWhatCameBefore) {
  ReplyReader reader;
  reader.feed(":1\r\n?\r\n:2\r\n");
  EXPECT_EQ(read(reader), "1\ncorrupt");
  reader.feed(":3\r\n");
  EXPECT_EQ(read(reader), "corrupt");
}

TEST(ReplyReader, RefusesNestingWithoutEnd) {
  std::string bytes;
  for (int depth = 0; depth < 100'000; ++depth) bytes += "*1\r\n";
  EXPECT_EQ(read_whole(bytes), "corrupt");
}

TEST(ReplyReader, RefusesALargerReplyThanTheLimitByItsHeader) {
  EXPECT_EQ(read_whole(fmt::format("${}\r\n", limits::redis_reply_bytes_max + 1)), "corrupt");
  EXPECT_EQ(read_whole("$2147483648\r\nabc"), "corrupt");
  EXPECT_EQ(read_whole(fmt::format("*2\r\n$3\r\nabc\r\n${}\r\n", limits::redis_reply_bytes_max)),
            "corrupt");
}

TEST(ReplyReader, CountsElementsOverTheWholeReply) {
  EXPECT_EQ(read_whole(fmt::format("*{}\r\n", limits::redis_reply_items_max + 1)), "corrupt");
  EXPECT_EQ(read_whole(fmt::format("*2\r\n*{0}\r\n", limits::redis_reply_items_max)), "corrupt");
  EXPECT_EQ(read_whole(fmt::format("*{}\r\n", limits::redis_reply_items_max)), "");
}

TEST(ReplyReader, RefusesALineWithoutEnd) {
  for (const char type : {'+', '-', ':', '*', '$'}) {
    EXPECT_EQ(read_whole(type + std::string(limits::redis_reply_line_bytes_max + 2, '1')),
              "corrupt")
        << type;
  }
  const std::string longest(limits::redis_reply_line_bytes_max, 'x');
  EXPECT_EQ(read_whole("+" + longest + "\r\n"), "+" + longest + "\n");
}

TEST(ReplyReader, ReservesNothingForWhatAHeaderClaims) {
  const auto before = ::mallinfo2();
  ReplyReader reader;
  reader.feed("*900000\r\n");
  ASSERT_EQ(read(reader), "");
  reader.feed("$60000000\r\n");
  ASSERT_EQ(read(reader), "");
  const auto after = ::mallinfo2();
  EXPECT_LT(after.uordblks + after.hblkhd, before.uordblks + before.hblkhd + 200'000);
}

TEST(ReplyReader, RefusesWhatNobodyTakes) {
  ReplyReader reader;
  const std::string much(limits::redis_reply_bytes_max / 2 + 1, '+');
  reader.feed(much);
  reader.feed(much);
  EXPECT_EQ(read(reader), "corrupt");
}

// Bytes that are often nearly a reply.
rc::Gen<std::string> stream() {
  const auto good = rc::gen::element<std::string>(
      "*1\r\n", "*2\r\n", "*3\r\n", "*0\r\n", "*-1\r\n", "$-1\r\n", ":5\r\n", "+OK\r\n", "-ERR\r\n",
      "$3\r\nabc\r\n", "$0\r\n\r\n", "$4\r\n\r\n\r\n\r\n");
  const auto bad = rc::gen::oneOf(
      rc::gen::element<std::string>("$2\r\n", "*70000000\r\n", "\r", "\n", "$70000000\r\n"),
      rc::gen::resize(4, rc::gen::arbitrary<std::string>()));
  const auto piece = rc::gen::weightedOneOf<std::string>({{30, good}, {1, bad}});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string all;
                        for (const std::string& one : pieces) all += one;
                        return all;
                      });
}

RC_GTEST_PROP(ReplyReader, GivesTheSameHoweverTheBytesAreCut, ()) {
  const std::string bytes = *stream();
  const std::string whole = read_whole(bytes);
  RC_TAG(whole.ends_with("corrupt") ? "corrupt" : "clean");
  RC_ASSERT(read_byte_by_byte(bytes) == whole);

  ReplyReader reader;
  std::string cut;
  for (std::size_t at = 0; at < bytes.size() && !cut.ends_with("corrupt");) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 16);
    reader.feed(std::string_view(bytes).substr(at, size));
    cut += read(reader);
    at += size;
  }
  RC_ASSERT(cut == whole);
}

}  // namespace
}  // namespace rushline::redis
