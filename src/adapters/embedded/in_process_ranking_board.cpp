// Products, the lists of the windows over them, and the lock before both.
#include "adapters/embedded/in_process_ranking_board.hpp"

#include <algorithm>
#include <array>

#include "adapters/embedded/best_list.hpp"
#include "adapters/embedded/product_table.hpp"
#include "core/assert.hpp"

namespace rushline::embedded {

using ranking::BoardRebuild;
using ranking::BoardState;
using ranking::DayTotal;
using ranking::Push;
using ranking::Revision;
using ranking::Score;
using ranking::Standing;
using ranking::Top;

namespace {

constexpr std::int32_t window_days = limits::ranking_window_days;
// The wide windows that a kept day lies in end today or on one of these many days afterwards.
constexpr std::int32_t wide_windows = window_days + 1;
constexpr std::int32_t narrow_windows = 2;  // today and tomorrow
// Lookups begun ahead of their use, so that they wait for memory together.
constexpr std::size_t lookahead = 32;

std::size_t ring_place(Day day, std::int32_t size) {
  return static_cast<std::uint32_t>(day.number) % static_cast<std::uint32_t>(size);
}

Error empty() { return fail(Errc::unavailable, "The board is empty."); }

}  // namespace

class InProcessRankingBoard::Contents {
 public:
  explicit Contents(Day today)
      : products_(std::make_unique<ProductTable>()), state_{Revision{}, today} {}

  const BoardState& state() const { return state_; }

  // Totals, then finish(): one look at all products is cheaper than keeping the lists up on the
  // way.
  void fill(std::span<const DayTotal> totals);
  void finish(Revision reached);
  void apply(const Push& push);
  std::vector<Score> top(std::int32_t days, std::int64_t count_max) const;
  Standing standing(std::int32_t days, const ProductId& product) const;

 private:
  Day newest() const { return state_.today + 1; }
  DayWindow kept() const { return {newest(), days_kept}; }
  BestList& wide(Day last) { return wide_[ring_place(last, wide_windows)]; }
  BestList& narrow(Day last) { return narrow_[ring_place(last, narrow_windows)]; }
  const BestList& shown(std::int32_t days) const;

  void advance(Day today);
  void make_room_for(std::size_t count);
  void set(const DayTotal& total, ProductTable::Hash hash);
  template <class Visit>  // visit(BestList&, const DayWindow&)
  void for_each_list(Visit visit);
  template <class Take>  // take(const DayTotal&, ProductTable::Hash)
  void for_each_total(std::span<const DayTotal> totals, Take take) const;

  std::unique_ptr<ProductTable> products_;
  BoardState state_;
  std::array<BestList, wide_windows> wide_;      // by the day that they end on
  std::array<BestList, narrow_windows> narrow_;  // the same
};

template <class Visit>
void InProcessRankingBoard::Contents::for_each_list(Visit visit) {
  for (std::int32_t i = 0; i < wide_windows; ++i) {
    visit(wide(state_.today + i), DayWindow{state_.today + i, window_days});
  }
  for (std::int32_t i = 0; i < narrow_windows; ++i) {
    visit(narrow(state_.today + i), DayWindow{state_.today + i, 1});
  }
}

template <class Take>
void InProcessRankingBoard::Contents::for_each_total(std::span<const DayTotal> totals,
                                                     Take take) const {
  std::array<ProductTable::Hash, lookahead> hashes;
  while (!totals.empty()) {
    const std::size_t count = std::min(lookahead, totals.size());
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = ProductTable::hash_of(totals[i].product);
      products_->prefetch_slot(hashes[i]);
    }
    for (std::size_t i = 0; i < count; ++i) products_->prefetch_product(hashes[i]);
    for (std::size_t i = 0; i < count; ++i) {
      if (kept().holds(totals[i].day)) take(totals[i], hashes[i]);
    }
    totals = totals.subspan(count);
  }
}

void InProcessRankingBoard::Contents::fill(std::span<const DayTotal> totals) {
  for_each_total(totals, [&](const DayTotal& total, ProductTable::Hash hash) {
    products_->make_room_for(1);
    products_->set_total(products_->find_or_add(total.product, hash), total.day, newest(),
                         std::max<std::int64_t>(total.total, 0));
  });
}

void InProcessRankingBoard::Contents::finish(Revision reached) {
  state_.revision = reached;
  for_each_list([&](BestList& list, const DayWindow& window) { list.refill(*products_, window); });
}

void InProcessRankingBoard::Contents::apply(const Push& push) {
  advance(push.today);
  make_room_for(push.totals.size());
  for_each_total(push.totals,
                 [&](const DayTotal& total, ProductTable::Hash hash) { set(total, hash); });
  for_each_list([&](BestList& list, const DayWindow& window) {
    if (list.needs_refill()) list.refill(*products_, window);
  });
  state_.revision = push.reached;
}

// The list that ended on a day that is over becomes that of the first window in which no kept day
// lies yet, and which is empty therefore.
void InProcessRankingBoard::Contents::advance(Day today) {
  const std::int32_t passed = today.number - state_.today.number;
  for (std::int32_t i = 0; i < std::min(passed, wide_windows); ++i) wide(state_.today + i).clear();
  for (std::int32_t i = 0; i < std::min(passed, narrow_windows); ++i) {
    narrow(state_.today + i).clear();
  }
  state_.today = today;
}

void InProcessRankingBoard::Contents::make_room_for(std::size_t count) {
  if (products_->has_room_for(count)) return;
  // Drops what has not been sold for days, if that is worth it; else grows.
  if (products_->count_alive(newest()) <= products_->size() / 4 * 3) {
    auto compacted = products_->compact(newest());
    for_each_list([&](BestList& list, const DayWindow&) { list.renumber(*products_, *compacted); });
    products_ = std::move(compacted);
  }
  products_->make_room_for(count);
}

void InProcessRankingBoard::Contents::set(const DayTotal& change, ProductTable::Hash hash) {
  const std::int64_t total = std::max<std::int64_t>(change.total, 0);
  ProductTable& products = *products_;
  if (total == 0 && !products.find(change.product, hash)) return;
  const ProductTable::Index product = products.find_or_add(change.product, hash);
  const std::int64_t old_total = products.total(product, change.day);
  const std::int64_t rise = total - old_total;
  if (rise == 0) return;

  std::array<std::int64_t, window_days> old_scores{};
  const Day first_end = std::max(change.day, state_.today);
  const Day last_end = change.day + (window_days - 1);
  std::size_t count = 0;
  for (Day end = first_end; end <= last_end; end = end + 1) {
    old_scores[count++] = products.score(product, {end, window_days});
  }
  products.set_total(product, change.day, newest(), total);
  count = 0;
  for (Day end = first_end; end <= last_end; end = end + 1) {
    const std::int64_t old_score = old_scores[count++];
    wide(end).update(products, product, old_score, old_score + rise);
  }
  if (change.day >= state_.today) narrow(change.day).update(products, product, old_total, total);
}

const BestList& InProcessRankingBoard::Contents::shown(std::int32_t days) const {
  RUSHLINE_ASSERT(days == 1 || days == window_days);
  return days == 1 ? narrow_[ring_place(state_.today, narrow_windows)]
                   : wide_[ring_place(state_.today, wide_windows)];
}

std::vector<Score> InProcessRankingBoard::Contents::top(std::int32_t days,
                                                        std::int64_t count_max) const {
  const BestList& list = shown(days);
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(count_max, 0));
  std::span<const Ranked> best = list.best();
  std::vector<Ranked> selected;
  if (count > best.size() && !list.is_whole()) {
    RUSHLINE_ASSERT(count > BestList::kept_min);  // so many are kept up
    selected = select_best(*products_, {state_.today, days}, count);
    best = selected;
  }
  std::vector<Score> scores;
  scores.reserve(std::min(count, best.size()));
  for (const Ranked& ranked : best.first(std::min(count, best.size()))) {
    scores.push_back({*ProductId::parse(products_->id(ranked.product)), ranked.score});
  }
  return scores;
}

Standing InProcessRankingBoard::Contents::standing(std::int32_t days,
                                                   const ProductId& product) const {
  const BestList& list = shown(days);
  const auto found = products_->find(product, ProductTable::hash_of(product));
  if (!found) return {};
  const DayWindow window{state_.today, days};
  const std::int64_t score = products_->score(*found, window);
  if (score <= 0) return {};
  if (const auto position = list.position(*products_, *found, score)) {
    return {static_cast<std::int64_t>(*position) + 1, score};
  }
  return {count_before(*products_, window, score, product.view()) + 1, score};
}

InProcessRankingBoard::InProcessRankingBoard() = default;
InProcessRankingBoard::~InProcessRankingBoard() = default;

std::shared_lock<std::shared_mutex> InProcessRankingBoard::lock_to_read() {
  const std::lock_guard pass(turnstile_);
  return std::shared_lock(mutex_);
}

std::unique_lock<std::shared_mutex> InProcessRankingBoard::lock_to_write() {
  const std::lock_guard pass(turnstile_);
  return std::unique_lock(mutex_);
}

Result<std::optional<BoardState>> InProcessRankingBoard::state() {
  const auto lock = lock_to_read();
  return state_now();
}

Result<bool> InProcessRankingBoard::push(const Push& push) {
  const auto lock = lock_to_write();
  if (!contents_) return false;
  const BoardState& state = contents_->state();
  if (state.revision != push.expected || push.today < state.today) return false;
  contents_->apply(push);
  return true;
}

// New contents beside the old ones, until they are whole.
class InProcessRankingBoard::Rebuild final : public BoardRebuild {
 public:
  Rebuild(InProcessRankingBoard& board, const std::optional<BoardState>& replaced, Day today)
      : board_(board), replaced_(replaced), contents_(std::make_unique<Contents>(today)) {}

  Result<bool> fill(std::span<const DayTotal> totals) override {
    contents_->fill(totals);
    return true;
  }
  Result<bool> correct(std::span<const DayTotal> totals) override { return fill(totals); }

  Result<bool> finish(Revision reached) override {
    contents_->finish(reached);
    const auto lock = board_.lock_to_write();
    if (board_.state_now() != replaced_) return false;
    board_.contents_.swap(contents_);
    return true;  // the old contents end with this object, outside the lock
  }

 private:
  InProcessRankingBoard& board_;
  const std::optional<BoardState> replaced_;
  std::unique_ptr<Contents> contents_;
};

std::optional<BoardState> InProcessRankingBoard::state_now() const {
  return contents_ ? std::optional(contents_->state()) : std::nullopt;
}

Result<std::unique_ptr<BoardRebuild>> InProcessRankingBoard::begin_rebuild(
    const std::optional<BoardState>& replaced, Day today) {
  const auto lock = lock_to_read();
  std::unique_ptr<BoardRebuild> rebuild;
  if (state_now() == replaced) rebuild = std::make_unique<Rebuild>(*this, replaced, today);
  return rebuild;
}

Result<Top> InProcessRankingBoard::top(std::int32_t days, std::int64_t count_max) {
  const auto lock = lock_to_read();
  if (!contents_) return empty();
  return Top{contents_->state(), contents_->top(days, count_max)};
}

Result<Standing> InProcessRankingBoard::standing(std::int32_t days, const ProductId& product) {
  const auto lock = lock_to_read();
  if (!contents_) return empty();
  return contents_->standing(days, product);
}

}  // namespace rushline::embedded
