// Draws the progress of a load run; see load_progress.hpp.
#include "app/load_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/output.hpp"

namespace rushline::app {
namespace {

Ink ink_of(load::Outcome outcome) {
  switch (outcome) {
    case load::Outcome::issued:
    case load::Outcome::repeat:
      return Ink::green;
    case load::Outcome::sold_out:
      return Ink::dim;
    case load::Outcome::queued:
    case load::Outcome::refused:
      return Ink::yellow;
    case load::Outcome::error:
    case load::Outcome::timeout:
      return Ink::red;
  }
  return Ink::plain;
}

std::string name_of(load::Outcome outcome) {
  if (outcome == load::Outcome::repeat) return "told again";
  if (outcome == load::Outcome::timeout) return "timed out";
  std::string name(to_word(outcome));
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

}  // namespace

std::string counts_text(const Stream& stream, const load::OutcomeCounts& outcomes) {
  std::string text;
  for (const load::Outcome outcome : load::all_outcomes) {
    const std::int64_t count = outcomes[to_index(outcome)];
    if (count == 0) continue;
    text += text.empty() ? "" : "  ";
    text +=
        stream.in(ink_of(outcome), fmt::format("{} {}", name_of(outcome), with_thousands(count)));
  }
  return text;
}

std::string latency_text(std::int64_t us) {
  const auto value = static_cast<double>(us);
  if (us < 10'000) return fmt::format("{:.2f} ms", value / 1e3);
  if (us < 1'000'000) return fmt::format("{:.0f} ms", value / 1e3);
  return fmt::format("{:.2f} s", value / 1e6);
}

std::string bar_text(double share, std::size_t width) {
  constexpr std::array<std::string_view, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(width * 8));
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += parts[eighths % 8];
  const std::size_t used = eighths / 8 + (eighths % 8 == 0 ? 0 : 1);
  for (std::size_t i = used; i < width; ++i) bar += "·";
  return bar;
}

void LoadProgress::show(const load::Progress& progress) {
  const double share = std::chrono::duration<double>(progress.elapsed).count() /
                       std::chrono::duration<double>(progress.planned).count();
  const std::string counts = counts_text(stream_, progress.outcomes);
  const std::string waiting =
      progress.backlog > 0
          ? stream_.in(Ink::yellow, fmt::format("  waiting {}", with_thousands(progress.backlog)))
          : "";
  if (stream_.is_terminal()) {
    stream_.write(fmt::format("\r\x1b[2K{} {:3.0f}%  {}{}  {}",
                              stream_.in(Ink::blue, bar_text(share, 24)),
                              std::min(share, 1.0) * 100, counts, waiting,
                              stream_.in(Ink::dim, "p99 " + latency_text(progress.p99_us))));
    stream_.flush();
    is_drawn_ = true;
    return;
  }
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(progress.elapsed);
  if (second == shown_) return;
  shown_ = second;
  if (second.count() == 0) return;
  stream_.line(fmt::format("{} s: due {}  {}{}  p99 {}", second.count(),
                           with_thousands(progress.due), counts, waiting,
                           latency_text(progress.p99_us)));
  stream_.flush();
}

void LoadProgress::finish() {
  if (is_drawn_) stream_.write("\r\x1b[2K");
  stream_.flush();
}

}  // namespace rushline::app
