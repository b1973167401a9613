// Bugs of coupons and rankings that others have made, each behind a switch, so that tests can show
// that they would be noticed: a guard that no test misses when it is taken out is no guard.
//
// Planted by tests only (plant_bug()); the program itself has no way to. Without one, asking costs
// the load of one byte.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

namespace rushline {

enum class PlantedBug : std::uint8_t {
  none,
  tell_before_commit,       // a verdict is told that the commit may still take back
  settle_in_any_epoch,      // the fence of settle is left out
  settle_from_any_mark,     // the second batch is settled although the first was not
  trim_before_commit,       // places leave the line before their verdicts are committed
  mark_sold_out_early,      // Redis is told sold out before the last coupon is committed
  lost_line_is_sold_out,    // a line that is not there is read as "nothing left"
  empty_line_is_settled,    // a place that is not in the line is read as "decided against"
  sold_out_to_holders,      // sold out is told from memory without knowing every holder
  flag_outlives_raise,      // ... and goes on being told after the quantity was raised
  mark_apart_from_coupons,  // the mark is read after the coupons, not in the same snapshot
  keep_line_over_round,     // who was told sold out still stands in the line of the next round
  install_without_epoch,    // two servers install one epoch
  raise_at_once,            // a new round begins while old flags may still be told
  return_without_patience,  // a line that does not hold is opened again and again
  refuse_by_line,           // closed, paused, sold out: on the word of Redis, not of the row
  tell_change_early,        // a pause is told before the line knows of it
  fold_in_two_commits,      // rows leave the outbox in one commit, totals rise in the next
  push_from_anywhere,       // a push does not compare where the board stands
  push_increments,          // a push adds to the board instead of saying what is there now
  rebuild_ignores_changes,  // ... without what was folded since its first page
  list_of_another_state,    // a list is read from a board that has moved on, and named as before
  follow_own_folds_only,    // nobody makes up for a server that died between fold and push
  skip_empty_totals,        // what was taken back altogether is not sent
  clamp_totals,             // a refund that is folded before its purchase is forgotten
  utc_day,                  // the day of UTC instead of the shop's
  skip_entered_days,        // midnight brings a day that the board was not told of
  count_duplicates,         // a purchase that is sent again counts again
};

// Of every bug but `none`, in the order of the enum.
std::span<const std::string_view> all_planted_bugs() noexcept;
std::string_view to_word(PlantedBug bug) noexcept;

namespace planted_bug_detail {
extern std::atomic<PlantedBug> planted;
}

// Tests only, from one thread; `none` takes it out again.
void plant_bug(PlantedBug bug) noexcept;

inline bool is_planted(PlantedBug bug) noexcept {
  return planted_bug_detail::planted.load(std::memory_order_relaxed) == bug;
}

}  // namespace rushline
