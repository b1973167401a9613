// The word that somebody probably meant: for unknown settings, verbs and options.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rushline::runtime {

// The candidate with the fewest typing mistakes between it and `word` (a letter wrong, missing, too
// many, or two swapped; upper and lower case are the same), the first of several. Nothing when even
// that one takes more than a third of its letters. The result views into `candidates`.
std::optional<std::string_view> did_you_mean(std::string_view word,
                                             std::span<const std::string_view> candidates);

}  // namespace rushline::runtime
