// The best-seller lists as ready bytes in memory, each with its strong ETag.
//
// Reading costs the copy of a pointer. A list is one consistent state; one server never shows an
// older one after a newer (S9): publish() ignores what is older, and a reader on any thread sees
// what any other reader of this server has seen before it asked.
//
// A list is stale when it does not come from the board, or when nobody has confirmed for
// limits::list_unconfirmed_max that it is still the state of the record: the board, the database
// or the follower is away then, or slow.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/shop_calendar.hpp"
#include "core/time.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::ranking {

enum class ListSource : std::uint8_t { board, database };

// One line of a list: what was sold most, with its label if the product is registered.
struct ListItem {
  ProductId product;
  std::int64_t score = 0;
  std::optional<std::string> name;
  std::optional<Money> price;
};

// One consistent state of one window.
struct ListState {
  DayWindow window;
  RecordState record;  // as_of = record.folded_at
  ListSource source = ListSource::board;
  // Just before it was asked for: until then at least it was the state of the record.
  Monotonic confirmed_at{};
  std::vector<ListItem> items;  // at most limits::popular_limit_max, best first
};

// A body and its ETag (with the quotes). Immutable.
struct ListBytes {
  std::string etag;
  std::string body;
  // When a stale list was known last to be the state of the record; nothing when it is not stale,
  // or nothing was ever published.
  std::optional<Monotonic> stale_since;
};

struct PlaceOnList {
  std::int64_t rank = 0;  // from 1
  std::int64_t score = 0;
};

// What a server's lists show, for those who operate it.
struct ListFreshness {
  bool published = false;
  bool stale = false;
  RecordState record;  // as published; of nothing before the first
};

class PopularList {
 public:
  explicit PopularList(std::string time_zone);
  ~PopularList();

  // Follower thread only. Ignored when it is older than what is published for that window length.
  void publish(ListState state);
  // Follower thread only: what is published was still the state of the record then.
  void confirm(Monotonic at);
  // Marks stale what was not confirmed in time. Any thread, every limits::list_watch_interval.
  void watch(Monotonic now);

  // The list of `days` days (1 or limits::ranking_window_days) with at most `limit` items. Any
  // thread; never blocks on I/O. Null before the first publish: an empty list would be an older
  // state than the ones that this server showed before it was started again.
  std::shared_ptr<const ListBytes> get(std::int32_t days, std::int64_t limit) const;

  // Where a product stands on the published list; nothing when it is not on it. Any thread.
  std::optional<PlaceOnList> place_of(std::int32_t days, const ProductId& product) const;

  bool published() const;
  // Of the window of limits::ranking_window_days. Any thread.
  ListFreshness freshness() const;

 private:
  struct Window;

  Window& window_of(std::int32_t days) const;

  std::string time_zone_;              // constant
  std::uint64_t id_;                   // constant; no two lists of a process have the same
  std::unique_ptr<Window[]> windows_;  // each guards itself
};

}  // namespace rushline::ranking
