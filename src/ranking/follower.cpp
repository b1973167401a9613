// The way from the outbox to the lists: fold, read what the board lacks, push, publish.
#include "ranking/follower.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/fail_point.hpp"
#include "core/limits.hpp"
#include "core/planted_bug.hpp"

namespace rushline::ranking {
namespace {

// Two servers may ask on both sides of midnight, and clocks are corrected: what is a day ahead
// keeps its day. What is further ahead was wrong.
Day not_the_day_before(Day day, Day known) { return known == day + 1 ? known : day; }

Day day_to_reach(const std::optional<BoardState>& board, Day day) {
  return board ? not_the_day_before(day, board->today) : day;
}

// What PlantedBug::fold_in_two_commits does first: whoever dies now has lost these rows.
Result<TakenSales> take_apart(Database& database, SalesStore& store) {
  return database.write_and_wait([&](Transaction& transaction) {
    return store.take_outbox(transaction, static_cast<std::int64_t>(limits::fold_rows_max));
  });
}

Result<Folded> fold_taken(Transaction& transaction, SalesStore& store, const TakenSales& taken) {
  auto record = store.lock_record(transaction);
  if (record.has_error()) return record.error();
  const Revision next{record->revision.value + 1};
  if (auto added = store.add_totals(transaction, next, taken.deltas); added.has_error()) {
    return added.error();
  }
  record->revision = next;
  return Folded{*record, false, taken.rows, taken.rows_left, taken.oldest_at};
}

}  // namespace

Result<bool> Follower::run_once() {
  const Monotonic asked_at = clock_.monotonic();
  const auto moment = fold_waiting();
  if (moment.has_error()) return moment.error();
  const Day day = day_of(*moment);
  if (is_planted(PlantedBug::follow_own_folds_only) && shown_ && !has_folded_) return false;
  const auto reached = rebuilder_ ? go_on_rebuilding() : follow(moment->record, day);
  std::optional<Error> lost;
  if (reached.has_error()) {
    lost = reached.error();
  } else if (*reached) {
    const auto published = publish_reached(**reached, *moment, asked_at);
    if (published.has_error()) lost = published.error();
  }
  if (lost || !*reached) {
    if (auto shown = show_without_board(*moment, asked_at); shown.has_error()) {
      return shown.error();
    }
  }
  if (lost) return *lost;
  return moment->more_waiting || rebuilder_.has_value();
}

// Not before what is shown: between a board that is a day ahead and the totals, a list would
// otherwise go back by a day.
Day Follower::day_of(const Moment& moment) const {
  Day day = calendar_.day_of(moment.now);
  if (is_planted(PlantedBug::utc_day)) {
    day.number = static_cast<std::int32_t>(
        std::chrono::floor<std::chrono::days>(moment.now).time_since_epoch().count());
  }
  return shown_ ? not_the_day_before(day, shown_->day) : day;
}

bool Follower::shows(const RecordState& record, Day day, ListSource source) const {
  return shown_ && shown_->record.revision == record.revision &&
         shown_->record.catalog_revision == record.catalog_revision && shown_->day == day &&
         shown_->source == source;
}

// A read first: a server that has nothing to fold takes no lock and commits nothing.
Result<Follower::Moment> Follower::look() {
  const Monotonic asked_at = clock_.monotonic();
  return database_.read_and_wait([&](Transaction& transaction) -> Result<Moment> {
    const auto record = store_.record_state(transaction);
    if (record.has_error()) return record.error();
    const auto head = store_.outbox_head(transaction);
    if (head.has_error()) return head.error();
    const Timestamp now = transaction.now();
    progress_.set_clock_offset(now - clock_.now());
    std::optional<Monotonic> oldest_sale;
    if (*head) oldest_sale = clock_.monotonic() - (now - (*head)->written_at.value_or(now));
    progress_.looked(oldest_sale, asked_at);
    return Moment{*record, now, head->has_value()};
  });
}

Result<Follower::Moment> Follower::fold_waiting() {
  auto moment = look();
  has_folded_ = moment.has_value() && moment->more_waiting;
  for (int folds = 1; moment.has_value() && moment->more_waiting; ++folds) {
    if (folds > limits::folds_per_follow_max) break;
    std::optional<Result<TakenSales>> apart;
    if (is_planted(PlantedBug::fold_in_two_commits)) apart = take_apart(database_, store_);
    if (apart && apart->has_error()) return apart->error();
    Folded folded;
    Monotonic read_at;
    moment = database_.write_and_wait([&](Transaction& transaction) -> Result<Moment> {
      const auto outcome =
          apart ? fold_taken(transaction, store_, **apart) : fold_sales(transaction, store_);
      if (outcome.has_error()) return outcome.error();
      folded = *outcome;
      read_at = clock_.monotonic();
      return Moment{outcome->state, transaction.now(), outcome->more_waiting};
    });
    if (moment.has_value()) note_fold(folded, *moment, read_at, folds == 1);
  }
  return moment;
}

// `read_at`: this machine's time of the moment.
void Follower::note_fold(const Folded& folded, const Moment& moment, Monotonic read_at,
                         bool is_first) {
  const auto age = folded.oldest_at ? moment.now - *folded.oldest_at : std::chrono::microseconds{0};
  if (is_first) progress_.found(folded.rows + folded.rows_left, age);
  const auto sale = folded.oldest_at ? std::optional(read_at - age) : std::nullopt;
  progress_.folded(folded.rows, sale, moment.more_waiting, clock_.monotonic());
}

// Nothing when it is more than a push takes, or the board followed a record that is gone.
Result<std::optional<Changes>> Follower::read_news(const BoardState& board, Day today) {
  constexpr auto totals_max = static_cast<std::int64_t>(limits::board_push_totals_max);
  return database_.read_and_wait([&](Transaction& transaction) -> Result<std::optional<Changes>> {
    const DayWindow days = days_of_board(today);
    auto changes =
        store_.changes(transaction, days, board.revision, latest_revision, totals_max + 1);
    if (changes.has_error()) return changes.error();
    // Totals of days that the board did not keep yet may be older than its revision.
    if (const std::int32_t entered = today.number - board.today.number; entered > 0) {
      auto totals = store_.changes(transaction, {days.last, std::min(entered, days.days)},
                                   Revision{0}, latest_revision, totals_max + 1);
      if (totals.has_error()) return totals.error();
      changes->totals.insert(changes->totals.end(), totals->totals.begin(), totals->totals.end());
    }
    if (is_planted(PlantedBug::skip_empty_totals)) {
      std::erase_if(changes->totals, [](const DayTotal& total) { return total.total <= 0; });
    }
    if (changes->state.revision < board.revision) return std::optional<Changes>();
    if (std::ssize(changes->totals) > totals_max) return std::optional<Changes>();
    return std::optional(std::move(*changes));
  });
}

// Nothing: not yet, because the board is being rebuilt, or another server is moving it.
Result<std::optional<Follower::Reached>> Follower::follow(const RecordState& record, Day day) {
  std::optional<BoardState> before;
  for (int attempt = 1; attempt <= limits::follow_attempts_max; ++attempt) {
    const auto board = board_.state();
    if (board.has_error()) return board.error();
    const Day today = day_to_reach(*board, day);
    if (*board == BoardState{record.revision, today}) return std::optional(Reached{record, today});
    // One that stands still and takes no push is broken in a way that it does not know of.
    const bool refuses = attempt == limits::follow_attempts_max && *board == before;
    before = *board;
    std::optional<Changes> news;
    if (*board && (*board)->today <= today && !refuses) {
      auto read = read_news(**board, today);
      if (read.has_error()) return read.error();
      news = std::move(*read);
    }
    if (!news) {
      const auto begun = begin_rebuild(*board, today);
      if (begun.has_error()) return begun.error();
      if (*begun) return go_on_rebuilding();
      continue;
    }
    const Reached reached{news->state, today};
    if (*board == BoardState{reached.record.revision, today}) return std::optional(reached);
    fail_point("fold.before_push");
    const auto moved =
        board_.push({(*board)->revision, reached.record.revision, today, news->totals});
    if (moved.has_error()) return moved.error();
    if (*moved) return std::optional(reached);
  }
  return std::optional<Reached>();
}

Result<bool> Follower::begin_rebuild(const std::optional<BoardState>& replaced, Day today) {
  auto rebuild = board_.begin_rebuild(replaced, today);
  if (rebuild.has_error()) return rebuild.error();
  if (*rebuild == nullptr) return false;
  rebuilder_.emplace(database_, store_, std::move(*rebuild), today);
  progress_.rebuild_began();
  return true;
}

Result<std::optional<Follower::Reached>> Follower::go_on_rebuilding() {
  const Monotonic until = clock_.monotonic() + limits::rebuild_turn_max;
  auto progress = rebuilder_->step();
  const auto goes_on = [&] {
    return progress.has_value() && *progress == Rebuilder::Progress::more;
  };
  while (goes_on() && clock_.monotonic() < until) progress = rebuilder_->step();
  if (goes_on()) return std::optional<Reached>();
  const Reached reached{rebuilder_->reached(), rebuilder_->today()};
  rebuilder_.reset();
  const bool is_whole = progress.has_value() && *progress != Rebuilder::Progress::lost;
  progress_.rebuild_ended(is_whole);
  if (progress.has_error()) return progress.error();
  return is_whole ? std::optional(reached) : std::optional<Reached>();
}

// After a rebuild the board may stand behind what was folded meanwhile.
Result<void> Follower::publish_reached(const Reached& reached, const Moment& moment,
                                       Monotonic asked_at) {
  const bool has_all = reached.record.revision >= moment.record.revision;
  if (has_all) progress_.on_board(clock_.monotonic());
  auto published = publish_from_board(reached, asked_at);
  if (published.has_error() || !has_all) return published;
  progress_.listed(clock_.monotonic());
  progress_.followed(clock_.monotonic());
  return {};
}

// Each window as the board gave it: another server may have moved it on meanwhile, and then the
// list is labelled with what it is, and with a time that it is certainly not older than.
Result<void> Follower::publish_from_board(const Reached& reached, Monotonic asked_at) {
  if (shows(reached.record, reached.today, ListSource::board)) {
    confirmed_at_ = asked_at;
    list_.confirm(asked_at);
    return {};
  }
  ListTops tops;
  for (std::size_t i = 0; i < window_lengths.size(); ++i) {
    auto top = board_.top(window_lengths[i], limits::popular_limit_max);
    if (top.has_error()) return top.error();
    if (is_planted(PlantedBug::list_of_another_state)) {
      top->at = {reached.record.revision, reached.today};
    }
    if (top->at.revision < reached.record.revision || top->at.today < reached.today) {
      return fail(Errc::unavailable, "The board went back while it was read.");
    }
    tops.tops[i] = std::move(*top);
  }
  // The labels' own snapshot: it may be newer than the one that the scores are from.
  const auto labelled = database_.read_and_wait(
      [&](Transaction& transaction) { return read_labels(transaction, store_, tops); });
  if (labelled.has_error()) return labelled.error();
  for (std::size_t i = 0; i < window_lengths.size(); ++i) {
    const Top& top = tops.tops[i];
    const bool is_known = top.at.revision == tops.record.revision;
    list_.publish(
        {.window = {top.at.today, window_lengths[i]},
         .record = {top.at.revision, is_known ? tops.record.folded_at : reached.record.folded_at,
                    tops.record.catalog_revision},
         .source = ListSource::board,
         .confirmed_at = asked_at,
         .items = label_items(top.scores, tops.labels)});
  }
  shown_ = {reached.record, reached.today, ListSource::board};
  shown_->record.catalog_revision = tops.record.catalog_revision;
  confirmed_at_ = asked_at;
  fallback_.reset();
  return {};
}

Result<void> Follower::show_without_board(const Moment& moment, Monotonic asked_at) {
  if (confirmed_at_ && asked_at - *confirmed_at_ <= limits::list_unconfirmed_max) return {};
  const Day today = day_of(moment);
  if (shows(moment.record, today, ListSource::database)) {
    list_.confirm(asked_at);
    return {};
  }
  if (!fallback_) {
    if (no_fallback_until_ && asked_at < *no_fallback_until_) return {};
    begin_fallback(today, asked_at);
  }
  // A rebuild goes on meanwhile; nobody else has anything better to do.
  const bool is_read =
      fallback_->read.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  return is_read || !rebuilder_ ? end_fallback(moment.record.revision) : Result<void>();
}

void Follower::begin_fallback(Day today, Monotonic asked_at) {
  // Handed over, because a board that is back before ends the waiting.
  auto told = std::make_shared<std::promise<Result<ListTops>>>();
  fallback_ = {asked_at, told->get_future()};
  database_.read([&store = store_,
                  today](Transaction& transaction) { return read_tops(transaction, store, today); },
                 [told](Result<ListTops> tops) { told->set_value(std::move(tops)); });
}

// `folded`: up to where sales have been folded.
Result<void> Follower::end_fallback(Revision folded) {
  const Monotonic asked_at = fallback_->asked_at;
  const auto tops = fallback_->read.get();
  fallback_.reset();
  if (tops.has_error()) return tops.error();
  const Monotonic read_at = clock_.monotonic();
  no_fallback_until_ =
      std::max<Monotonic>(asked_at + limits::list_fallback_interval,
                          read_at + limits::list_fallback_pause * (read_at - asked_at));
  for (std::size_t i = 0; i < window_lengths.size(); ++i) {
    const Top& top = tops->tops[i];
    list_.publish({.window = {top.at.today, window_lengths[i]},
                   .record = tops->record,
                   .source = ListSource::database,
                   .confirmed_at = asked_at,
                   .items = label_items(top.scores, tops->labels)});
  }
  shown_ = {tops->record, tops->tops.front().at.today, ListSource::database};
  if (tops->record.revision >= folded) progress_.listed(clock_.monotonic());
  return {};
}

}  // namespace rushline::ranking
