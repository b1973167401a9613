// The same data as a table, as JSON and as JSON lines; failures as sentences; no colour in a file.
#include "app/output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <functional>

#include "app/failure.hpp"
#include "app/load_progress.hpp"
#include "app/verification_text.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

// What `write` puts on a stream.
std::string written(const std::function<void(Stream&)>& write, bool is_terminal = false) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* file = ::open_memstream(&text, &size);
  Stream stream(file, is_terminal, is_terminal, 80);
  write(stream);
  std::fclose(file);
  std::string copy(text, size);
  std::free(text);
  return copy;
}

const json::value list = json::parse(
    R"({"items":[{"id":1,"name":"Café","sold":1234567,"deep":{"value":null}},
                 {"id":20,"name":"x","sold":3,"deep":{"value":true}}],"next":null})");
const std::array<Column, 4> columns{
    {{"ID", "id", true}, {"NAME", "name"}, {"SOLD", "sold", true}, {"DEEP", "deep.value"}}};

TEST(Output, AlignsATableByWhatPeopleSee) {
  EXPECT_EQ(written([](Stream& out) { print_list(out, Format::table, list, columns); }),
            "ID  NAME       SOLD  DEEP\n"
            " 1  Café  1,234,567  -\n"
            "20  x             3  yes\n");
}

TEST(Output, GivesJsonAsItCameAndLinesItemByItem) {
  EXPECT_EQ(written([](Stream& out) { print_list(out, Format::json, list, columns); }),
            json::serialize(list) + "\n");
  EXPECT_EQ(written([](Stream& out) { print_list(out, Format::jsonl, list, columns); }),
            json::serialize(list.at("items").at(0)) + "\n" +
                json::serialize(list.at("items").at(1)) + "\n");
}

TEST(Output, ShowsOneThingAsLinesOfNamesAndValues) {
  const json::value& thing = list.at("items").at(0);
  EXPECT_EQ(written([&](Stream& out) { print_one(out, Format::table, thing, columns); }),
            "ID    1\nNAME  Café\nSOLD  1,234,567\nDEEP  -\n");
  EXPECT_EQ(written([&](Stream& out) { print_one(out, Format::json, thing, columns); }),
            json::serialize(thing) + "\n");
}

TEST(Output, LetsNoStoredNameMoveTheCursor) {
  const json::value thing{{"name", "a\x1b[2Jb\n"}};
  EXPECT_EQ(cell_text(thing, "name"), "a?[2Jb?");
}

TEST(Output, SetsThousandsApart) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
}

TEST(Output, ColoursOnATerminalOnly) {
  const auto write = [](Stream& out) { out.write(out.in(Ink::red, "x")); };
  EXPECT_EQ(written(write), "x");
  EXPECT_EQ(written(write, true), "\x1b[31mx\x1b[0m");
}

TEST(Output, SaysAFailureWithWhatToDoNextAndItsCode) {
  const auto said = [](const StartFailure& failure) {
    return written([&](Stream& err) {
      Console console{err, err};
      print_failure(console, failure);
    });
  };
  EXPECT_EQ(said(VerbFailure(ExitCode::refused, "event_closed", "The event is over.", "Wait.")),
            "rushline: The event is over.\n  next: Wait.\n  code: event_closed\n");
  EXPECT_THAT(said(StartFailure(fail(Errc::timed_out, "No answer."))), HasSubstr("repeating"));
  EXPECT_THAT(said(StartFailure(fail(Errc::out_of_stock, "None left."))),
              HasSubstr("docs/errors.md explains 'out_of_stock'"));
}

TEST(Output, NamesABrokenPromiseWithItsRows) {
  verify::Verification verification;
  verification.checks.push_back({.promise = "S1", .states = "never too many", .rows = 1200});
  verification.checks.push_back({.promise = "S8", .states = "sums are right", .rows = 5});
  for (int i = 0; i < 25; ++i) verification.checks[1].find("product tea");
  EXPECT_FALSE(verification.holds());
  const std::string text = written([&](Stream& out) { print_checks(out, verification); });
  EXPECT_THAT(text, HasSubstr("holds   S1  1,200 rows  never too many\n"));
  EXPECT_THAT(text, HasSubstr("BROKEN  S8      5 rows  sums are right\n          product tea\n"));
  EXPECT_THAT(text, HasSubstr("and 5 more"));
  const json::value as_json = to_json(verification);
  EXPECT_EQ(as_json.at("holds"), false);
  EXPECT_EQ(as_json.at("checks").at(1).at("findings_count"), 25);
}

TEST(LoadProgress, IsALinePerSecondOutsideOfATerminalAndABarOnOne) {
  load::Progress progress;
  progress.planned = std::chrono::seconds(2);
  progress.outcomes[to_index(load::Outcome::sold_out)] = 1500;
  const auto show = [&](Stream& stream) {
    LoadProgress shown(stream);
    for (const int ms : {0, 500, 1000, 1100, 2000}) {
      progress.elapsed = std::chrono::milliseconds(ms);
      shown.show(progress);
    }
    shown.finish();
  };
  EXPECT_EQ(written(show),
            "1 s: due 0  sold out 1,500  p99 0.00 ms\n2 s: due 0  sold out 1,500  p99 0.00 ms\n");
  const std::string drawn = written(show, true);
  EXPECT_THAT(drawn, HasSubstr("100%"));
  EXPECT_THAT(drawn, testing::EndsWith("\r\x1b[2K"));
}

TEST(LoadProgress, FillsABarToItsShare) {
  EXPECT_EQ(bar_text(0, 3), "···");
  EXPECT_EQ(bar_text(0.5, 3), "█▌·");
  EXPECT_EQ(bar_text(1, 3), "███");
  EXPECT_EQ(bar_text(7, 3), "███");
}

}  // namespace
}  // namespace rushline::app
