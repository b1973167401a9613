// A line stays one line, machines can read it, and no secret is in it.
#include "runtime/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <functional>
#include <regex>
#include <string>

#include "runtime/threads.hpp"

namespace rushline::runtime {
namespace {

std::string logged(LogLevel level, LogFormat format, const std::function<void(Log&)>& say) {
  char* bytes = nullptr;
  std::size_t size = 0;
  std::FILE* const stream = ::open_memstream(&bytes, &size);
  {
    Log log(level, format, stream);
    say(log);
  }
  std::fclose(stream);
  std::string text(bytes, size);
  std::free(bytes);  // NOLINT: open_memstream hands out malloc'ed memory
  return text;
}

std::string without_time(const std::string& line) { return line.substr(line.find(' ') + 1); }

TEST(Log, WritesTextWithFieldsForPeople) {
  const auto line = logged(LogLevel::info, LogFormat::text, [](Log& log) {
    log.info("listening", {{"address", "127.0.0.1:8080"}, {"loops", 2U}, {"ready", true}});
  });
  EXPECT_TRUE(
      std::regex_match(line, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info    .*\n)")))
      << line;
  EXPECT_EQ(without_time(line), "info    listening address=127.0.0.1:8080 loops=2 ready=true\n");
}

TEST(Log, WritesJsonLinesForMachines) {
  const auto line = logged(LogLevel::debug, LogFormat::json, [](Log& log) {
    log.warning("slow", {{"took_ms", 12.5}, {"left", -3}, {"who", "a \"b\"\n\x01"}});
  });
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("level"), "warning");
  EXPECT_EQ(object.at("message"), "slow");
  EXPECT_EQ(object.at("took_ms").as_double(), 12.5);
  EXPECT_EQ(object.at("left").as_int64(), -3);
  EXPECT_EQ(object.at("who"), "a \"b\"\n\x01");
  EXPECT_TRUE(object.at("time").as_string().ends_with('Z'));
}

TEST(Log, IsJsonWhereThereIsNoTerminal) {
  std::FILE* const file = std::tmpfile();
  {
    Log log(LogLevel::info, LogFormat::automatic, file);
    log.info("hello");
  }
  std::rewind(file);
  EXPECT_EQ(std::fgetc(file), '{');
  std::fclose(file);
}

TEST(Log, LeavesOutWhatIsLessImportantThanItsLevel) {
  const auto say = [](Log& log) {
    log.debug("d");
    log.info("i");
    log.warning("w");
    log.error("e");
  };
  const auto lines = [&](LogLevel level) {
    const auto text = logged(level, LogFormat::text, say);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines(LogLevel::debug), 4);
  EXPECT_EQ(lines(LogLevel::info), 3);
  EXPECT_EQ(lines(LogLevel::warning), 2);
  EXPECT_EQ(lines(LogLevel::error), 1);
  EXPECT_EQ(lines(LogLevel::off), 0);
}

TEST(Log, KeepsOneLineWhateverItIsGiven) {
  const auto line = logged(LogLevel::info, LogFormat::text, [](Log& log) {
    log.info("two\nlines\x1b[31m", {{"name", "a b"}, {"empty", ""}, {"like", "k=v"}});
  });
  EXPECT_EQ(without_time(line),
            "info    two\\nlines\\u001b[31m name=\"a b\" empty=\"\" like=\"k=v\"\n");
}

TEST(Log, ReplacesBrokenUtf8SoThatJsonStaysReadable) {
  for (const auto* broken :
       {"a\xFFz", "a\xC3", "\xE2\x82", "\xED\xA0\x80", "\xC0\xAF", "\xF5xyz"}) {
    const auto line = logged(LogLevel::info, LogFormat::json, [&](Log& log) {
      log.info("x", {{"text", broken}});
    });
    boost::system::error_code error;
    boost::json::parse(line, error);
    EXPECT_FALSE(error) << line;
    EXPECT_NE(line.find("\\ufffd"), std::string::npos) << line;
  }
}

TEST(Log, KeepsProperUtf8) {
  const auto line = logged(LogLevel::info, LogFormat::json, [](Log& log) {
    log.info("차 한 잔", {{"emoji", "🍵"}});
  });
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("message"), "차 한 잔");
  EXPECT_EQ(object.at("emoji"), "🍵");
}

TEST(Log, TakesSecretsOut) {
  for (const auto format : {LogFormat::text, LogFormat::json}) {
    const auto line = logged(LogLevel::info, format, [](Log& log) {
      log.info("opened redis://:s3cret@h", {{"url", "postgresql://u:s3cret@h/db"}});
    });
    EXPECT_EQ(line.find("s3cret"), std::string::npos) << line;
  }
}

TEST(Log, KeepsLinesOfManyThreadsApart) {
  const auto text = logged(LogLevel::info, LogFormat::json, [](Log& log) {
    Threads threads;
    for (int i = 0; i < 4; ++i) {
      threads.start("talker", [&log] {
        for (int j = 0; j < 100; ++j) log.info("said", {{"number", j}});
      });
    }
  });
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const std::size_t end = text.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_TRUE(boost::json::parse(text.substr(at, end - at)).is_object());
    at = end + 1;
  }
  EXPECT_EQ(lines, 400U);
}

}  // namespace
}  // namespace rushline::runtime
