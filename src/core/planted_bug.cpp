// The switch, and the words of the bugs.
#include "core/planted_bug.hpp"

#include <array>

#include "core/assert.hpp"

namespace rushline {

namespace planted_bug_detail {
std::atomic<PlantedBug> planted = PlantedBug::none;
}

namespace {

// In the order of the enum, without `none`.
constexpr std::array<std::string_view, 27> words = {
    "tell_before_commit",
    "settle_in_any_epoch",
    "settle_from_any_mark",
    "trim_before_commit",
    "mark_sold_out_early",
    "lost_line_is_sold_out",
    "empty_line_is_settled",
    "sold_out_to_holders",
    "flag_outlives_raise",
    "mark_apart_from_coupons",
    "keep_line_over_round",
    "install_without_epoch",
    "raise_at_once",
    "return_without_patience",
    "refuse_by_line",
    "tell_change_early",
    "fold_in_two_commits",
    "push_from_anywhere",
    "push_increments",
    "rebuild_ignores_changes",
    "list_of_another_state",
    "follow_own_folds_only",
    "skip_empty_totals",
    "clamp_totals",
    "utc_day",
    "skip_entered_days",
    "count_duplicates",
};
static_assert(words.size() == static_cast<std::size_t>(PlantedBug::count_duplicates));

}  // namespace

std::span<const std::string_view> all_planted_bugs() noexcept { return words; }

std::string_view to_word(PlantedBug bug) noexcept {
  if (bug == PlantedBug::none) return "none";
  return words[static_cast<std::size_t>(bug) - 1];
}

void plant_bug(PlantedBug bug) noexcept { planted_bug_detail::planted = bug; }

}  // namespace rushline
