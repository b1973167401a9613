// Draws the demo; see demo_screen.hpp.
#include "app/demo_screen.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/load_progress.hpp"
#include "app/output.hpp"

namespace rushline::app {
namespace {

constexpr std::size_t bar_width = 32;
constexpr std::size_t name_width = 14;
constexpr int rising_frames = 8;

double share_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void DemoScreen::tell(std::string_view sentence) {
  leave();
  out_.line(sentence);
  out_.flush();
}

void DemoScreen::leave() {
  drawn_ = 0;
  last_line_ = -1;
}

void DemoScreen::draw(const std::vector<std::string>& lines) {
  if (drawn_ > 0) out_.write(fmt::format("\x1b[{}A", drawn_));
  for (const std::string& line : lines) out_.write("\r\x1b[2K" + line + "\n");
  for (std::size_t i = lines.size(); i < drawn_; ++i) out_.write("\x1b[2K\n");
  drawn_ = std::max(drawn_, lines.size());
  out_.flush();
}

bool DemoScreen::is_time_for_line(std::chrono::milliseconds at) {
  const std::int64_t second = at.count() / 1000;
  if (second == last_line_) return false;
  last_line_ = second;
  return true;
}

std::vector<std::string> DemoScreen::list_lines(const std::vector<ListLine>& list) {
  std::vector<std::string> lines;
  const std::int64_t most = list.empty() ? 0 : list.front().score;
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const ListLine& line = list[i];
    place[line.product] = i;
    const auto before = place_.find(line.product);
    const bool has_risen = !place_.empty() && (before == place_.end() || before->second > i);
    int& frames = rising_[line.product];
    frames = has_risen ? rising_frames : std::max(0, frames - 1);
    lines.push_back(fmt::format("  {}  {}  {}  {} {}", i + 1, padded(line.name, name_width, false),
                                out_.in(Ink::blue, bar_text(share_of(line.score, most), bar_width)),
                                padded(with_thousands(line.score), 6, true),
                                frames > 0 ? out_.in(Ink::green, "▲") : " "));
  }
  place_ = std::move(place);
  return lines;
}

void DemoScreen::show_shop(const std::vector<ListLine>& list, std::int64_t purchases,
                           std::chrono::milliseconds until_drop) {
  const double seconds = std::max(0.0, static_cast<double>(until_drop.count()) / 1000);
  if (!out_.is_terminal()) {
    if (!is_time_for_line(until_drop)) return;
    std::string text;
    for (std::size_t i = 0; i < list.size(); ++i) {
      text += fmt::format("{}{} {} {}", i == 0 ? "" : ", ", i + 1, list[i].name, list[i].score);
    }
    out_.line(fmt::format("{:.1f} s to the drop; {} purchases; best sellers: {}", seconds,
                          with_thousands(purchases), text.empty() ? "none yet" : text));
    out_.flush();
    return;
  }
  std::vector<std::string> lines{""};
  lines.push_back(fmt::format("{}  {}", out_.in(Ink::bold, "Best sellers of three days"),
                              out_.in(Ink::dim, with_thousands(purchases) + " purchases")));
  for (std::string& line : list_lines(list)) lines.push_back(std::move(line));
  lines.emplace_back();
  lines.push_back(
      fmt::format("The drop opens in {}", out_.in(Ink::yellow, fmt::format("{:.1f} s", seconds))));
  draw(lines);
}

void DemoScreen::show_drop(const load::Progress& progress, std::int64_t quantity,
                           std::int64_t shoppers) {
  const std::int64_t issued = progress.outcomes[to_index(load::Outcome::issued)];
  const std::string counts = counts_text(out_, progress.outcomes);
  const std::string latency =
      fmt::format("p50 {}, p99 {}", latency_text(progress.p50_us), latency_text(progress.p99_us));
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(progress.elapsed);
  if (!out_.is_terminal()) {
    if (!is_time_for_line(elapsed)) return;
    out_.line(fmt::format("{} s: {} of {} coupons issued; {} presses; {}; {}",
                          elapsed.count() / 1000, with_thousands(issued), with_thousands(quantity),
                          with_thousands(progress.due), counts.empty() ? "no answer yet" : counts,
                          latency));
    out_.flush();
    return;
  }
  const double time_share =
      static_cast<double>(progress.elapsed.count()) /
      static_cast<double>(std::max<std::int64_t>(1, progress.planned.count()));
  draw({"",
        fmt::format(
            "{}  {}", out_.in(Ink::bold, "The drop is open"),
            out_.in(Ink::dim, fmt::format("{} shoppers, {} coupons", with_thousands(shoppers),
                                          with_thousands(quantity)))),
        fmt::format("  coupons  {}  {} of {}",
                    out_.in(Ink::green, bar_text(share_of(issued, quantity), bar_width)),
                    with_thousands(issued), with_thousands(quantity)),
        fmt::format("  time     {}  {:.1f} s", out_.in(Ink::dim, bar_text(time_share, bar_width)),
                    static_cast<double>(elapsed.count()) / 1000),
        fmt::format("  {}", counts), fmt::format("  {}", out_.in(Ink::dim, latency))});
}

}  // namespace rushline::app
