// How thousands of readers a second get the same bytes without meeting at a lock.
//
// Each window has a version that publish() raises while it holds the window's lock. A reader that
// finds its thread's own copy under the current version takes that copy; only the first read of a
// thread after a publish locks. Whoever hears of a new list heard it after the version rose, so it
// cannot come back to an older copy (S9).
#include "ranking/popular_list.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "ranking/list_json.hpp"

namespace rushline::ranking {
namespace {

constexpr std::size_t windows_count = 2;
constexpr std::size_t limits_count = limits::popular_limit_max + 1;

std::size_t index_of(std::int32_t days) {
  RUSHLINE_ASSERT(days == 1 || days == limits::ranking_window_days);
  return days == 1 ? 0 : 1;
}

// What this thread read last, by window and limit.
struct Copy {
  std::uint64_t list_id = 0;
  std::uint64_t version = 0;
  std::shared_ptr<const ListBytes> bytes;
};

Copy& copy_of_this_thread(std::size_t window, std::size_t limit) {
  thread_local std::array<std::array<Copy, limits_count>, windows_count> copies;
  return copies[window][limit];
}

// The same bytes under a reference count of their own, so that the threads that count references do
// not take a cache line from each other.
std::shared_ptr<const ListBytes> with_own_count(std::shared_ptr<const ListBytes> bytes) {
  const ListBytes* address = bytes.get();
  auto owner = std::make_shared<std::shared_ptr<const ListBytes>>(std::move(bytes));
  return {std::move(owner), address};
}

// What is of one revision and a day before is older, too; what is further back was corrected.
bool is_older(const ListState& a, const ListState& b) {
  if (a.record.revision != b.record.revision) return a.record.revision < b.record.revision;
  if (a.record.catalog_revision != b.record.catalog_revision) {
    return a.record.catalog_revision < b.record.catalog_revision;
  }
  return a.window.last + 1 == b.window.last;
}

std::uint64_t next_list_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

struct PopularList::Window {
  std::atomic<std::uint64_t> version = 1;  // raised under `mutex`
  std::mutex mutex;
  bool published = false;       // guarded by mutex
  bool is_unconfirmed = false;  // guarded by mutex: for too long
  ListState state;              // guarded by mutex
  // By number of items, made when first asked for. Guarded by mutex.
  std::array<std::shared_ptr<const ListBytes>, limits_count> bytes;

  // Both under `mutex`.
  bool is_stale() const { return is_unconfirmed || state.source == ListSource::database; }
  void change() {
    bytes.fill(nullptr);
    version.fetch_add(1, std::memory_order_release);
  }
};

PopularList::PopularList(std::string time_zone)
    : time_zone_(std::move(time_zone)),
      id_(next_list_id()),
      windows_(std::make_unique<Window[]>(windows_count)) {
  for (const std::int32_t days : {1, limits::ranking_window_days}) {
    window_of(days).state = {.window = {Day{}, days},
                             .record = {},
                             .source = ListSource::database,
                             .confirmed_at = {},
                             .items = {}};
  }
}

PopularList::~PopularList() = default;

PopularList::Window& PopularList::window_of(std::int32_t days) const {
  return windows_[index_of(days)];
}

void PopularList::publish(ListState state) {
  RUSHLINE_ASSERT(state.items.size() < limits_count);
  Window& window = window_of(state.window.days);
  const std::lock_guard lock(window.mutex);
  if (window.published && is_older(state, window.state)) return;
  window.published = true;
  window.is_unconfirmed = false;
  window.state = std::move(state);
  window.change();
}

void PopularList::confirm(Monotonic at) {
  for (std::size_t i = 0; i < windows_count; ++i) {
    Window& window = windows_[i];
    const std::lock_guard lock(window.mutex);
    if (!window.published) continue;
    // The bytes of a stale list tell since when it is.
    const bool is_told = window.is_stale();
    window.state.confirmed_at = at;
    window.is_unconfirmed = false;
    if (is_told) window.change();
  }
}

void PopularList::watch(Monotonic now) {
  for (std::size_t i = 0; i < windows_count; ++i) {
    Window& window = windows_[i];
    const std::lock_guard lock(window.mutex);
    if (!window.published || window.is_unconfirmed) continue;
    if (now - window.state.confirmed_at <= limits::list_unconfirmed_max) continue;
    window.is_unconfirmed = true;
    window.change();
  }
}

std::shared_ptr<const ListBytes> PopularList::get(std::int32_t days, std::int64_t limit) const {
  RUSHLINE_ASSERT(limit >= 1 && limit <= limits::popular_limit_max);
  Window& window = window_of(days);
  Copy& copy = copy_of_this_thread(index_of(days), static_cast<std::size_t>(limit));
  if (copy.version == window.version.load(std::memory_order_acquire) && copy.list_id == id_) {
    return copy.bytes;
  }
  const std::lock_guard lock(window.mutex);
  if (!window.published) return nullptr;
  const std::size_t count = std::min(static_cast<std::size_t>(limit), window.state.items.size());
  auto& bytes = window.bytes[count];
  if (!bytes) {
    ListBytes rendered =
        render_list(window.state, window.is_stale(), static_cast<std::int64_t>(count), time_zone_);
    if (window.published && window.is_stale()) rendered.stale_since = window.state.confirmed_at;
    bytes = std::make_shared<const ListBytes>(std::move(rendered));
  }
  copy = {id_, window.version.load(std::memory_order_relaxed), with_own_count(bytes)};
  return copy.bytes;
}

ListFreshness PopularList::freshness() const {
  Window& window = window_of(limits::ranking_window_days);
  const std::lock_guard lock(window.mutex);
  return {window.published, window.published && window.is_stale(), window.state.record};
}

std::optional<PlaceOnList> PopularList::place_of(std::int32_t days,
                                                 const ProductId& product) const {
  Window& window = window_of(days);
  const std::lock_guard lock(window.mutex);
  const auto& items = window.state.items;
  const auto item = std::ranges::find(items, product, &ListItem::product);
  if (item == items.end()) return std::nullopt;
  return PlaceOnList{item - items.begin() + 1, item->score};
}

bool PopularList::published() const {
  for (std::size_t i = 0; i < windows_count; ++i) {
    const std::lock_guard lock(windows_[i].mutex);
    if (!windows_[i].published) return false;
  }
  return true;
}

}  // namespace rushline::ranking
