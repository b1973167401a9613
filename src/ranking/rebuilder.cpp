// Merges the days of the board by product, so that each product comes with all of its days.
#include "ranking/rebuilder.hpp"

#include <algorithm>
#include <utility>

#include "core/fail_point.hpp"
#include "core/planted_bug.hpp"

namespace rushline::ranking {

Rebuilder::Rebuilder(Database& database, SalesStore& store, std::unique_ptr<BoardRebuild> rebuild,
                     Day today)
    : database_(database), store_(store), rebuild_(std::move(rebuild)), today_(today) {
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    pages_[i].day = days_of_board(today).first() + static_cast<std::int32_t>(i);
  }
  begin_read();
}

Result<Rebuilder::Progress> Rebuilder::step() { return reading_.valid() ? fill() : correct(); }

Result<Rebuilder::Progress> Rebuilder::fill() {
  if (const auto read = end_read(); read.has_error()) return read.error();
  const std::vector<DayTotal> totals = take_products();
  if (std::ranges::any_of(pages_, &DayPage::is_wanted)) begin_read();
  const auto filled = rebuild_->fill(totals);
  if (filled.has_error()) return filled.error();
  fail_point("rebuild.filled");
  return *filled ? Progress::more : Progress::lost;
}

// What it needs goes with it, and what it found is handed over: a rebuild may be given up before.
void Rebuilder::begin_read() {
  PagesRead wanted;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    DayPage& page = wanted.pages[i];
    page.day = pages_[i].day;
    page.is_last = !pages_[i].is_wanted();
    if (!page.is_last && !pages_[i].totals.empty()) page.totals = {pages_[i].totals.back()};
  }
  auto told = std::make_shared<std::promise<Result<PagesRead>>>();
  reading_ = told->get_future();
  database_.read(
      [&store = store_, wanted](Transaction& transaction) -> Result<PagesRead> {
        PagesRead read = wanted;
        const auto record = store.record_state(transaction);
        if (record.has_error()) return record.error();
        read.revision = record->revision;
        for (DayPage& page : read.pages) {
          if (page.is_last) continue;
          std::optional<ProductId> after;
          if (!page.totals.empty()) after = page.totals.back().product;
          auto totals = store.totals_after(transaction, page.day, after, limits::totals_page_max);
          if (totals.has_error()) return totals.error();
          page.totals = std::move(*totals);
          page.is_last = std::ssize(page.totals) < limits::totals_page_max;
        }
        return read;
      },
      [told](Result<PagesRead> read) { told->set_value(std::move(read)); });
}

Result<void> Rebuilder::end_read() {
  auto read = reading_.get();
  if (read.has_error()) return read.error();
  // Whatever a page shows beyond the revision of the first is sent again.
  if (!corrected_) corrected_ = read->revision;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (pages_[i].is_wanted()) pages_[i] = std::move(read->pages[i]);
  }
  return {};
}

// As far as every day is known: until a page is used up that another one follows.
std::vector<DayTotal> Rebuilder::take_products() {
  std::vector<DayTotal> taken;
  for (;;) {
    const ProductId* first = nullptr;
    for (const DayPage& page : pages_) {
      if (page.is_wanted()) return taken;
      if (page.is_used_up()) continue;
      const ProductId& product = page.totals[page.next].product;
      if (first == nullptr || product < *first) first = &product;
    }
    if (first == nullptr) return taken;
    const ProductId product = *first;
    for (DayPage& page : pages_) {
      if (!page.is_used_up() && page.totals[page.next].product == product) {
        taken.push_back(page.totals[page.next++]);
      }
    }
  }
}

// Only so many revisions at once that their totals fit into memory, and into one call.
Result<Rebuilder::Progress> Rebuilder::correct() {
  const Revision up_to{corrected_->value + limits::revisions_corrected_max};
  constexpr auto totals_max = static_cast<std::int64_t>(limits::board_push_totals_max);
  auto changes = database_.read_and_wait([&](Transaction& transaction) {
    return store_.changes(transaction, days_of_board(today_), *corrected_, up_to, totals_max + 1);
  });
  if (changes.has_error()) return changes.error();
  record_ = changes->state;
  if (std::ssize(changes->totals) > totals_max) return Progress::lost;
  if (is_planted(PlantedBug::rebuild_ignores_changes)) changes->totals.clear();
  const auto corrected = rebuild_->correct(changes->totals);
  if (corrected.has_error()) return corrected.error();
  if (!*corrected) return Progress::lost;
  corrected_ = std::min(up_to, record_.revision);
  if (*corrected_ < record_.revision) return Progress::more;
  fail_point("fold.before_push");
  const auto finished = rebuild_->finish(*corrected_);
  if (finished.has_error()) return finished.error();
  return *finished ? Progress::done : Progress::lost;
}

}  // namespace rushline::ranking
