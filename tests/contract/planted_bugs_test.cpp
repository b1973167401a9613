// Every guard of the functions in Redis has a check that fails when the guard is taken out.
//
// Each bug replaces a piece of the library's text and names the check that finds it.
#include <gtest/gtest-spi.h>

#include "tests/contract/redis_line_checks.hpp"

namespace rushline::tests {
namespace {

struct PlantedBug {
  const char* name;
  const char* instead_of;
  const char* planted;
  const char* found_by;
};

void PrintTo(const PlantedBug& bug, std::ostream* out) { *out << bug.name; }  // NOLINT: GTest's

constexpr PlantedBug line_bugs[] = {
    {"SecondPressGetsAnotherPlace", "tonumber(first_places[i] or seen[user])",
     "tonumber(seen[user])", "Trap01KeepsTheFirstPlaceOfOneWhoPressesTwice"},
    {"SecondPressIsTakenForTheFirst", "answer[i + 2] = -place", "answer[i + 2] = place",
     "TellsTheRequestThatMadeAPlaceFromThoseThatFoundIt"},
    {"TwiceInABatchGetsTwoPlaces", "tonumber(first_places[i] or seen[user])",
     "tonumber(first_places[i])", "Trap01GivesOnePlaceToOneWhoStandsTwiceInABatch"},
    {"OneInLineIsToldSoldOut", "register('admit', function(keys, args)",
     "register('admit', function(keys, args)\n  if redis.call('HGET', keys[1], 'sold_out') == '1' "
     "then return {'sold_out', redis.call('ZCARD', keys[2]), 0, 0} end",
     "Trap01TellsWhoIsInLineThePlaceWhateverItSaysToOthers"},
    {"TimeOrders", "place = event.next + count", "place = now + 100 - count",
     "Trap02OrdersByArrivalAndByNothingElse"},
    {"SettledOnesStay", "'ZREMRANGEBYSCORE', keys[2], '-inf', mark",
     "'ZREMRANGEBYSCORE', keys[2], '-inf', '-1'", "Trap04LetsNobodySettledStandAtTheHead"},
    {"NothingStoredIsSoldOut", "return nil, noepoch end", "return nil, {'sold_out', 0, 0} end",
     "Trap06NeverTakesNothingStoredForAnAnswer"},
    {"UnknownLineIsKept", "if not (is_wanted and stored.size == size) then", "if false then",
     "Trap06NeverTakesNothingStoredForAnAnswer"},
    {"OtherStoredPrimary", "if event.replid ~= args[2] then return nil, stale end", "",
     "Trap09RefusesAnEpochThatWasGivenByAnotherPrimary"},
    {"OtherOwnPrimary", "if own_replication_id() ~= args[2] then return nil, stale end", "",
     "Trap09RefusesAnEpochThatWasGivenByAnotherPrimary"},
    {"InstallOnOtherPrimary", "if own_replication_id() ~= args[2] then return stale end", "",
     "Trap09RefusesAnEpochThatWasGivenByAnotherPrimary"},
    {"OtherEpoch", "if event.epoch ~= integer(args[1]) then return nil, stale end", "",
     "Trap15RefusesEveryOtherEpoch"},
    {"SoldOutOutlivesInstall", "'sold_out', '0')", "'sold_out', stored.sold_out or '0')",
     "Trap17ForgetsSoldOutWithTheNextEpoch"},
    {"BrokenLineIsTaken", "if not is_whole(keys, event) then return stale end\n\n  forget_settled",
     "forget_settled", "Trap19NoticesAPlaceThatWasLost"},
    {"BrokenLineAdmits", "if not is_whole(keys, event) then return stale end\n\n  local now",
     "local now", "Trap19NoticesALineThatWasLost"},
    {"TrimHidesLoss", "event.size = event.size - count",
     "event.size = redis.call('ZCARD', keys[2])", "Trap19NoticesAPlaceThatWasLost"},
    {"BrokenLineIsKept", "is_wanted and stored.size == size", "is_wanted",
     "Trap19NoticesAPlaceThatWasLost"},
    {"SecondInstaller", "stored.epoch >= epoch", "stored.epoch > epoch",
     "Trap20TakesOneInstallerPerEpoch"},
    {"LowerInstaller", "stored.epoch >= epoch", "stored.epoch == epoch",
     "Trap20TakesOneInstallerPerEpoch"},
    {"TakeRemoves", "redis.call('ZRANGE', keys[2], 0, tonumber(args[4]) - 1, 'WITHSCORES')",
     "redis.call('ZPOPMIN', keys[2], args[4])", "Trap21GivesTheSameHeadUntilItIsSettled"},
    {"NewRoundKeeps", "kept > 0 and (stored.epoch == kept or stored.origin == kept)", "true",
     "Trap22BeginsANewRoundWithAnEmptyLine"},
    {"OtherEpochIsKept", "(stored.epoch == kept or stored.origin == kept)", "true",
     "KeepsNoLineOfAnotherEpoch"},
    {"FailedInstallLosesTheLine", "(stored.epoch == kept or stored.origin == kept)",
     "stored.epoch == kept", "KeepsTheLineOverInstallsThatWereNotTakenIntoUse"},
    {"SequencesDoNotRise", "'next', digits(epoch * limits.sequences_per_epoch)",
     "'next', digits(stored.next or epoch * limits.sequences_per_epoch)",
     "KeepsAWholeLineInItsOldOrder"},
    {"NoCap", "event.cap - event.size", "1000000", "GivesPlacesUpToItsCap"},
    {"WindowIsNotTaken", "if integer(args[8]) > event.as_of then", "if false then", "TurnsNewcomersAwayOutsideTheWindow"},
    {"OldWindowIsTaken", "if integer(args[8]) > event.as_of then", "if true then", "TakesNoWindowThatIsOlder"},
    {"ClosedAdmits", "integer(event.closes) <= now", "false", "TurnsNewcomersAwayOutsideTheWindow"},
    {"NotOpenAdmits", "integer(event.opens) > now", "false", "TurnsNewcomersAwayOutsideTheWindow"},
    {"PausedAdmits", "event.paused == '1'", "false", "TurnsNewcomersAwayOutsideTheWindow"},
    {"DigitsAreLost", "string.format('%.0f', number)", "tostring(number)",
     "CountsExactlyInTheLastEpoch"},
    {"LineComesAnewWithoutTtl", "event.size == 0 and count > 0)", "false)", "GivesEveryKeyATtl"},
    {"EventHasNoTtl", "redis.call('PEXPIREAT', keys[1], digits(event.expires))", "",
     "GivesEveryKeyATtl"},
    {"ClosingIsNotOutlived", "math.max(now, closes)", "now", "OutlivesTheClosingByADay"},
    {"LaterClosingIsNotOutlived", "event.closes = args[6]", "", "OutlivesTheClosingByADay"},
    {"AdmitDoesNotRenew", "keep_alive(keys, event, now, event.size == 0 and count > 0)", "",
     "IsRenewedWhileItIsUsed"},
    {"TakeDoesNotRenew", "keep_alive(keys, event, now_us(), false)", "", "IsRenewedWhileItIsUsed"},
    {"BrokenNumberIsRead", "string.find(text, '^%-?%d+$')", "tonumber(text)",
     "Trap06NeverReadsABrokenFieldAsSomethingElse"},
    {"AbsentFieldIsRead", "if not event.is_readable then", "if not event.epoch then",
     "Trap06NeverReadsABrokenFieldAsSomethingElse"},
    {"SequencesRunIntoTheNextEpoch", "(event.epoch + 1) * limits.sequences_per_epoch - event.next)",
     "1000000)", "GivesNoPlaceThatBelongsToTheNextEpoch"},
    {"MarkIsNotTold", "redis.call('PUBLISH', args[4], args[5])", "", "TellsEveryServerTheMarks"},
};

redis::LibrarySource with(const PlantedBug& bug) {
  redis::LibrarySource source = redis::LibrarySource::embedded();
  const std::size_t at = source.text.find(bug.instead_of);
  if (at == std::string::npos) throw std::runtime_error(std::string("no text ") + bug.instead_of);
  source.text.replace(at, std::string_view(bug.instead_of).size(), bug.planted);
  return source;
}

// Runs the check of this name, of whichever list.
void run_check(std::string_view name, RedisUnderTest& redis) {
  for (const RedisLineCheck& check : redis_line_checks()) {
    if (check.name == name) return check.run(redis);
  }
  waiting_room_check(name).run(redis);
}

class PlantedLineBug : public testing::TestWithParam<PlantedBug> {};

TEST_P(PlantedLineBug, IsFound) {
  if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis";
  RedisUnderTest under_test(RedisServer::shared(), with(GetParam()));
  testing::TestPartResultArray findings;
  {
    testing::ScopedFakeTestPartResultReporter intercept(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &findings);
    run_check(GetParam().found_by, under_test);
  }
  EXPECT_GT(findings.size(), 0) << GetParam().found_by << " does not find it";
}

std::string name_of(const testing::TestParamInfo<PlantedBug>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Redis, PlantedLineBug, testing::ValuesIn(line_bugs), name_of);

}  // namespace
}  // namespace rushline::tests
