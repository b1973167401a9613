// The way from the outbox to the lists: fold, read what the board lacks, push, publish.
#include "ranking/follower.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "core/fail_point.hpp"
#include "core/limits.hpp"

namespace rushline::ranking {
namespace {

constexpr std::array<std::int32_t, 2> window_lengths = {1, limits::ranking_window_days};

// The days that a board keeps: those of the widest window, and tomorrow.
DayWindow days_of_board(Day today) { return {today + 1, limits::ranking_window_days + 1}; }

// Two servers may ask on both sides of midnight, and clocks are corrected: a board that is a day
// ahead keeps its day. One that is further ahead was wrong.
Day day_to_reach(const std::optional<BoardState>& board, Day day) {
  return board && board->today == day + 1 ? board->today : day;
}

// The best of each window, in the order of window_lengths, with what is needed to label them.
struct Tops {
  RecordState record;
  std::array<std::vector<Score>, window_lengths.size()> scores;
  std::vector<ProductLabel> labels;
};

Result<void> read_labels(Transaction& transaction, SalesStore& store, Tops& tops) {
  std::vector<ProductId> products;
  for (const auto& scores : tops.scores) {
    for (const Score& score : scores) products.push_back(score.product);
  }
  std::sort(products.begin(), products.end());
  products.erase(std::unique(products.begin(), products.end()), products.end());
  auto labels = store.labels(transaction, products);
  if (labels.has_error()) return labels.error();
  tops.labels = std::move(*labels);
  return {};
}

std::vector<ListItem> label_items(const std::vector<Score>& scores,
                                  const std::vector<ProductLabel>& labels) {
  std::unordered_map<ProductId, const ProductLabel*> label_of;
  for (const ProductLabel& label : labels) label_of.emplace(label.product, &label);
  std::vector<ListItem> items;
  items.reserve(scores.size());
  for (const Score& score : scores) {
    ListItem item{score.product, score.score, std::nullopt, std::nullopt};
    if (const auto label = label_of.find(score.product); label != label_of.end()) {
      item.name = label->second->name;
      item.price = label->second->price;
    }
    items.push_back(std::move(item));
  }
  return items;
}

void publish_lists(PopularList& list, const Tops& tops, Day today, ListSource source) {
  for (std::size_t i = 0; i < window_lengths.size(); ++i) {
    list.publish({.window = {today, window_lengths[i]},
                  .record = tops.record,
                  .source = source,
                  .stale = source == ListSource::database,
                  .items = label_items(tops.scores[i], tops.labels)});
  }
}

}  // namespace

Result<void> Follower::run_once() {
  const auto moment = fold_waiting();
  if (moment.has_error()) return moment.error();
  auto published = publish(*moment);
  if (published.has_value()) progress_.followed(clock_.monotonic());
  return published;
}

Result<void> Follower::publish(const Moment& moment) {
  const Day day = calendar_.day_of(moment.now);
  if (last_ && last_->record.revision == moment.record.revision &&
      last_->record.catalog_revision == moment.record.catalog_revision && last_->day == day) {
    return {};
  }
  const auto published = publish_from_board(day);
  if (published.has_error()) {
    last_.reset();
    if (auto fallen_back = publish_from_totals(moment); fallen_back.has_error()) {
      return fallen_back;
    }
    return published.error();
  }
  last_ = {*published, day};
  fell_back_at_.reset();
  return {};
}

Result<Follower::Moment> Follower::fold_waiting() {
  for (int folds = 1;; ++folds) {
    Moment moment;
    Monotonic read_at;
    const auto folded = database_.write_and_wait([&](Transaction& transaction) {
      auto outcome = fold_sales(transaction, store_);
      if (outcome.has_value()) moment = {outcome->state, transaction.now()};
      read_at = clock_.monotonic();
      progress_.set_clock_offset(transaction.now() - clock_.now());
      return outcome;
    });
    if (folded.has_error()) return folded.error();
    note_fold(*folded, moment, read_at, folds == 1);
    if (!folded->more_waiting || folds == limits::folds_per_follow_max) return moment;
  }
}

// `read_at`: this machine's time of `moment`.
void Follower::note_fold(const Folded& folded, const Moment& moment, Monotonic read_at,
                         bool is_first) {
  const auto age = folded.oldest_at ? moment.now - *folded.oldest_at : std::chrono::microseconds{0};
  if (is_first) progress_.found(folded.rows + folded.rows_left, age);
  if (!folded.more_waiting) return;
  const auto sale = folded.oldest_at ? std::optional(read_at - age) : std::nullopt;
  progress_.folded(folded.rows, sale, clock_.monotonic());
}

Result<Follower::News> Follower::read_news(const std::optional<BoardState>& board, Day today) {
  return database_.read_and_wait([&](Transaction& transaction) -> Result<News> {
    const DayWindow days = days_of_board(today);
    if (board) {
      auto changes = store_.changes(transaction, days, board->revision);
      if (changes.has_error()) return changes.error();
      // Totals of days that the board did not keep yet may be older than its revision.
      if (const std::int32_t entered = today.number - board->today.number; entered > 0) {
        auto totals =
            store_.changes(transaction, {days.last, std::min(entered, days.days)}, Revision{0});
        if (totals.has_error()) return totals.error();
        changes->totals.insert(changes->totals.end(), totals->totals.begin(), totals->totals.end());
      }
      // A board above the record followed a record that is gone. And what is too much for one push
      // is replaced piece by piece.
      if (changes->state.revision >= board->revision &&
          changes->totals.size() <= limits::board_push_totals_max) {
        return News{std::move(*changes), false};
      }
    }
    auto changes = store_.changes(transaction, days, Revision{0});
    if (changes.has_error()) return changes.error();
    return News{std::move(*changes), true};
  });
}

Result<Follower::Reached> Follower::follow(Day day) {
  for (int attempt = 1; attempt <= limits::follow_attempts_max; ++attempt) {
    const auto board = board_.state();
    if (board.has_error()) return board.error();
    const Day today = day_to_reach(*board, day);
    const bool give_up_pushing = attempt == limits::follow_attempts_max;
    const bool goes_on = *board && !give_up_pushing && (*board)->today <= today;

    const auto news = read_news(goes_on ? *board : std::nullopt, today);
    if (news.has_error()) return news.error();
    const RecordState& record = news->changes.state;
    const auto& totals = news->changes.totals;
    if (*board == BoardState{record.revision, today}) return Reached{record, today};
    fail_point("fold.before_push");
    const auto moved = news->whole
                           ? board_.rebuild(*board, record.revision, today, totals)
                           : board_.push({(*board)->revision, record.revision, today, totals});
    if (moved.has_error()) return moved.error();
    if (*moved) return Reached{record, today};
  }
  return fail(Errc::unavailable, "Other servers keep moving the board.");
}

Result<RecordState> Follower::publish_from_board(Day day) {
  const auto reached = follow(day);
  if (reached.has_error()) return reached.error();
  progress_.on_board(clock_.monotonic());
  Tops tops{.record = reached->record, .scores = {}, .labels = {}};
  for (std::size_t i = 0; i < window_lengths.size(); ++i) {
    auto scores = board_.top(window_lengths[i], limits::popular_limit_max);
    if (scores.has_error()) return scores.error();
    tops.scores[i] = std::move(*scores);
  }
  const auto labelled = database_.read_and_wait([&](Transaction& transaction) -> Result<void> {
    // The labels' own snapshot: it may be newer than the one that the scores are from.
    const auto record = store_.record_state(transaction);
    if (record.has_error()) return record.error();
    tops.record.catalog_revision = record->catalog_revision;
    return read_labels(transaction, store_, tops);
  });
  if (labelled.has_error()) return labelled.error();
  publish_lists(list_, tops, reached->today, ListSource::board);
  progress_.listed(clock_.monotonic());
  return tops.record;
}

Result<void> Follower::publish_from_totals(const Moment& moment) {
  if (fell_back_at_ && moment.now >= *fell_back_at_ &&
      moment.now < *fell_back_at_ + limits::list_fallback_interval) {
    return {};
  }
  const Day today = calendar_.day_of(moment.now);
  Tops tops{.record = {}, .scores = {}, .labels = {}};
  const auto read = database_.read_and_wait([&](Transaction& transaction) -> Result<void> {
    const auto record = store_.record_state(transaction);
    if (record.has_error()) return record.error();
    tops.record = *record;
    for (std::size_t i = 0; i < window_lengths.size(); ++i) {
      auto scores = store_.top(transaction, {today, window_lengths[i]}, limits::popular_limit_max);
      if (scores.has_error()) return scores.error();
      tops.scores[i] = std::move(*scores);
    }
    return read_labels(transaction, store_, tops);
  });
  if (read.has_error()) return read.error();
  fell_back_at_ = moment.now;
  publish_lists(list_, tops, today, ListSource::database);
  progress_.listed(clock_.monotonic());
  return {};
}

}  // namespace rushline::ranking
