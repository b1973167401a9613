// What the demo shows: a block that redraws itself on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/demo_shop.hpp"
#include "load/summary.hpp"

namespace rushline::app {

// Used by one thread.
class DemoScreen {
 public:
  explicit DemoScreen(Stream& out) : out_(out) {}

  // One sentence of the story.
  void tell(std::string_view sentence);

  // The list, while things are bought and the drop comes nearer.
  void show_shop(const std::vector<ListLine>& list, std::int64_t purchases,
                 std::chrono::milliseconds until_drop);
  // The drop, while shoppers rush.
  void show_drop(const load::Progress& progress, std::int64_t quantity, std::int64_t shoppers);
  // What is drawn stays; the next thing comes below.
  void leave();

 private:
  void draw(const std::vector<std::string>& lines);
  std::vector<std::string> list_lines(const std::vector<ListLine>& list);
  // Whether a second has begun since the last plain line.
  bool is_time_for_line(std::chrono::milliseconds at);

  Stream& out_;
  std::size_t drawn_ = 0;                     // lines that the next drawing replaces
  std::map<std::string, std::size_t> place_;  // of each product in the last list
  std::map<std::string, int> rising_;         // frames for which a product is marked as risen
  std::int64_t last_line_ = -1;
};

}  // namespace rushline::app
