// Every guard of the functions in Redis has a check that fails when the guard is taken out.
//
// Each bug replaces a piece of the library's text and names the check that finds it.
#include <gtest/gtest-spi.h>

#include "tests/contract/redis_board_under_test.hpp"
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
    {"SecondPressGetsAnotherPlace", "first_places[i] or seen[user]", "seen[user]",
     "Trap01KeepsTheFirstPlaceOfOneWhoPressesTwice"},
    {"TwiceInABatchGetsTwoPlaces", "first_places[i] or seen[user]", "first_places[i]",
     "Trap01GivesOnePlaceToOneWhoStandsTwiceInABatch"},
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
    {"WindowIsNotTaken", "set_window(keys, event, args, 5)", "",
     "TurnsNewcomersAwayOutsideTheWindow"},
    {"OlderWindowIsTaken", "if event.has_window and event.as_of > integer(as_of) then return end",
     "", "KeepsTheNewestWindow"},
    {"ClosedAdmits", "integer(event.closes) <= now", "false", "TurnsNewcomersAwayOutsideTheWindow"},
    {"NotOpenAdmits", "integer(event.opens) > now", "false", "TurnsNewcomersAwayOutsideTheWindow"},
    {"PausedAdmits", "event.paused == '1'", "false", "TurnsNewcomersAwayOutsideTheWindow"},
    {"DigitsAreLost", "string.format('%.0f', number)", "tostring(number)",
     "CountsExactlyInTheLastEpoch"},
    {"LineComesAnewWithoutTtl", "event.size == 0 and count > 0)", "false)", "GivesEveryKeyATtl"},
    {"EventHasNoTtl", "redis.call('PEXPIREAT', keys[1], digits(event.expires))", "",
     "GivesEveryKeyATtl"},
    {"ClosingIsNotOutlived", "math.max(now, closes)", "now", "OutlivesTheClosingByADay"},
    {"LaterClosingIsNotOutlived", "event.opens, event.closes, event.paused = opens, closes, paused",
     "", "OutlivesTheClosingByADay"},
    {"AdmitDoesNotRenew", "keep_alive(keys, event, now, event.size == 0 and count > 0)", "",
     "IsRenewedWhileItIsUsed"},
    {"TakeDoesNotRenew", "keep_alive(keys, event, now_us(), false)", "", "IsRenewedWhileItIsUsed"},
    {"BrokenNumberIsRead", "string.find(text, '^%-?%d+$')", "tonumber(text)",
     "Trap06NeverReadsABrokenFieldAsSomethingElse"},
    {"AbsentSizeIsZero", "size = integer(f[5])", "size = integer(f[5]) or 0",
     "Trap06NeverReadsABrokenFieldAsSomethingElse"},
    {"AbsentFlagIsNo", "event.has_window and is_flag(event.sold_out)", "event.has_window",
     "Trap06NeverReadsABrokenFieldAsSomethingElse"},
    {"SequencesRunIntoTheNextEpoch", "(event.epoch + 1) * limits.sequences_per_epoch - event.next)",
     "1000000)", "GivesNoPlaceThatBelongsToTheNextEpoch"},
    {"MarkIsNotTold", "redis.call('PUBLISH', args[4], args[5])", "", "TellsEveryServerTheMarks"},
};

constexpr PlantedBug board_bugs[] = {
    {"PushFromElsewhere", "if state.revision ~= args[1] then return 0 end", "",
     "Trap08RevivesNothingByALatePush"},
    {"PushOfAnEarlierDay", "if integer(state.day) > integer(args[3]) then return 0 end", "",
     "AppliesNoPushOfADayThatIsOver"},
    {"PushOnABrokenBoard", "local state = read_standing(keys[1])\n  if not state then return 0 end",
     "local state = read_state(keys[1])", "NoticesAMemberThatWasLost"},
    {"SecondPusher", "if is_busy(state) then return 0 end\n    -- What", "-- What",
     "LetsOneServerPushAtATime"},
    {"HalfDoneForAnOlderSnapshot", "(integer(state.target) or 0) > integer(args[2])", "false",
     "LetsNoOlderSnapshotEndWhatWasLeftHalfDone"},
    {"HalfDoneForAnEarlierDay", "(integer(state.target_day) or 0) > integer(args[3])", "false",
     "LetsNoEarlierDayEndWhatWasLeftHalfDone"},
    {"HalfDoneReachesTheDay", "reached = {revision = state.revision, day = state.day,",
     "reached = {revision = state.revision, day = args[3],",
     "LetsNoEarlierDayEndWhatWasLeftHalfDone"},
    {"StepOfAnotherPush", "state.move ~= args[4] or integer(state.step) ~= step - 1",
     "integer(state.step) ~= step - 1", "TakesNoStepOfAPushThatAnotherServerEnded"},
    {"PushWithoutAStep", "state.move ~= args[4] or integer(state.step) ~= step - 1",
     "state.move ~= args[4]", "TakesNoPushOfWhichAStepWasLost"},
    {"PushReachesAtItsFirstStep", "if step < steps then", "if false then",
     "ShowsNoListBetweenTheStepsOfAPush"},
    {"ListBetweenSteps", "if state[3] then return {ok = 'MOVING'} end", "",
     "ShowsNoListBetweenTheStepsOfAPush"},
    {"RebuildOverAnotherRevision", "replaced.revision ~= args[1] or replaced.day ~= args[2]",
     "replaced.day ~= args[2]", "Trap09IsNotReplacedByAnOldSnapshot"},
    {"RebuildOverAnotherDay", "replaced.revision ~= args[1] or replaced.day ~= args[2]",
     "replaced.revision ~= args[1]", "Trap09IsNotReplacedByASnapshotOfAnotherDay"},
    {"RebuildOverABoardThatStands", "replaced.revision ~= args[1] or replaced.day ~= args[2]",
     "args[1] ~= '' and replaced.revision ~= args[1]", "Trap09IsNotReplacedAsLostWhenItStands"},
    {"SecondRebuilder", "if is_busy(state) then return 0 end\n  local replaced", "local replaced",
     "LetsOneServerRebuildAtATime"},
    {"RebuilderIsNotHeardOf",
     "write_state(keys, {move = args[1], step = args[2], touched = digits(now_us())}, args, 3)",
     "write_state(keys, {move = args[1], step = args[2], touched = '0'}, args, 3)",
     "LetsOneServerRebuildAtATime"},
    {"RebuildOfWhatWasLost", "tonumber(step) - 1 and is_counted(state_key, state)",
     "tonumber(step) - 1", "TakesNoRebuildOfWhichAPartWasLost"},
    {"RebuildWithoutAStep", "integer(state.step) == tonumber(step) - 1", "true",
     "TakesNoRebuildOfWhichAStepWasLost"},
    {"StepOfAnotherRebuild", "if state.move ~= move or state.revision then return false end", "",
     "TakesNothingOfARebuildAfterAnotherOneBegan"},
    {"WindowsAreNotCorrected", "windows_of(keys, day), args, products, products + count, count)",
     "{}, args, products, products + count, count)", "CorrectsARebuildByWhatChangedMeanwhile"},
    {"SizesAreNotLookedAt", "redis.call('ZCARD', prefix_of(state_key) .. name) ~= integer(size)",
     "false", "NoticesASetThatWasLost"},
    {"SetsAreNotCounted", "return count == sets_kept", "return true",
     "NoticesAStateThatDoesNotKnowAllSets"},
    {"BrokenStateIsRead", "if not integer(state.revision) or not integer(state.day) then",
     "if false then", "NoticesAStateThatDoesNotKnowAllSets"},
    {"NothingIsAnEmptyList",
     "if not integer(state[1]) or not integer(state[2]) or not name then return nil, {ok = "
     "'EMPTY'} end",
     "if not name then return nil, {} end", "ShowsNoListThatIsGone"},
    {"BrokenListIsShown",
     "if redis.call('ZCARD', key) ~= size then return nil, {ok = 'BROKEN'} end", "",
     "ShowsNoListThatLostSomething"},
    {"NoTtl", "redis.call('PEXPIREAT', keys[i], args[first + i - 1])", "",
     "KeepsEachSetAsLongAsAWindowNeedsIt"},
    {"NoTtlOfTheState", "for i = 1, 1 + sets_kept do redis.call('PEXPIREAT'",
     "for i = 2, 1 + sets_kept do redis.call('PEXPIREAT'", "Trap04GivesEveryKeyATtl"},
    {"OldSetsStay", "if not is_kept[name] then redis.call('UNLINK', prefix .. name) end", "",
     "LeavesNoSetOfOtherDaysBehind"},
    {"OldSetsStayInARebuild",
     "for name in pairs(state.sizes) do redis.call('UNLINK', prefix_of(keys[1]) .. name) end", "",
     "LeavesNoSetOfOtherDaysBehind"},
    {"LeftOversAreTaken", "if not sizes[name] then redis.call('UNLINK', keys[i]) end", "",
     "BeginsADayWithoutWhatWasLeftOver"},
    {"LeftOversAreRebuilt", "for i = 2, 1 + sets_kept do redis.call('UNLINK', keys[i]) end", "",
     "NoticesASetThatWasLost"},
};

redis::LibrarySource with(const PlantedBug& bug) {
  redis::LibrarySource source = redis::LibrarySource::embedded();
  const std::size_t at = source.text.find(bug.instead_of);
  if (at == std::string::npos) throw std::runtime_error(std::string("no text ") + bug.instead_of);
  source.text.replace(at, std::string_view(bug.instead_of).size(), bug.planted);
  return source;
}

// Runs the check that is to find the bug, of whichever list. False when the bug is none, but breaks
// the functions' text.
bool run_check(const PlantedBug& bug) {
  RedisServer& server = RedisServer::shared();
  const std::string_view name = bug.found_by;
  for (const RedisBoardCheck& check : redis_board_checks()) {
    if (check.name != name) continue;
    RedisBoardUnderTest under_test(server, with(bug));
    check.run(under_test);
    return !under_test.client.met_broken_function();
  }
  RedisUnderTest under_test(server, with(bug));
  bool is_run = false;
  for (const RedisLineCheck& check : redis_line_checks()) {
    if (check.name != name) continue;
    check.run(under_test);
    is_run = true;
  }
  if (!is_run) waiting_room_check(name).run(under_test);
  return !under_test.client.met_broken_function();
}

class PlantedBugs : public testing::TestWithParam<PlantedBug> {};

TEST_P(PlantedBugs, AreFound) {
  if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis";
  testing::TestPartResultArray findings;
  bool is_a_bug = false;
  {
    testing::ScopedFakeTestPartResultReporter intercept(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &findings);
    is_a_bug = run_check(GetParam());
  }
  EXPECT_TRUE(is_a_bug) << "it breaks the functions' text, and so anything finds it";
  EXPECT_GT(findings.size(), 0) << GetParam().found_by << " does not find it";
}

std::string name_of(const testing::TestParamInfo<PlantedBug>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(RedisLine, PlantedBugs, testing::ValuesIn(line_bugs), name_of);
INSTANTIATE_TEST_SUITE_P(RedisBoard, PlantedBugs, testing::ValuesIn(board_bugs), name_of);

}  // namespace
}  // namespace rushline::tests
