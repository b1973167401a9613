// Open addressing with linear probing; nothing is ever erased in place.
#include "adapters/embedded/product_table.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

#include "core/assert.hpp"

namespace rushline::embedded {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t slots_count_min = 1024;

// Zeroed, like what comes fresh from the system.
template <class T>
LargeArray<T> make_large_array(std::size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::size_t alignment = count * sizeof(T) >= huge_page ? huge_page : alignof(T);
  const std::size_t wanted = std::max<std::size_t>(alignment, sizeof(void*));
  const std::size_t bytes = (count * sizeof(T) + wanted - 1) / wanted * wanted;
  void* memory = std::aligned_alloc(wanted, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  if (wanted == huge_page) ::madvise(memory, bytes, MADV_HUGEPAGE);  // a hint; it may be refused
  std::memset(memory, 0, bytes);
  return LargeArray<T>(static_cast<T*>(memory));
}

}  // namespace

ProductTable::Hash ProductTable::hash_of(const ProductId& product) {
  const std::uint64_t hash = std::hash<std::string_view>{}(product.view());
  return {static_cast<std::uint32_t>(hash ^ (hash >> 32))};
}

ProductTable::ProductTable()
    : slots_(make_large_array<Slot>(slots_count_min)), slots_count_(slots_count_min) {}

bool ProductTable::has_room_for(std::size_t count) const {
  return (size_ + count) * 2 <= slots_count_;
}

void ProductTable::make_room_for(std::size_t count) {
  if (has_room_for(count)) return;
  const std::size_t old_count = slots_count_;
  while (!has_room_for(count)) slots_count_ *= 2;
  const LargeArray<Slot> old = std::move(slots_);
  slots_ = make_large_array<Slot>(slots_count_);
  for (std::size_t i = 0; i < old_count; ++i) {
    if (old[i].product_plus_1 == 0) continue;
    std::size_t place = old[i].hash & (slots_count_ - 1);
    while (slots_[place].product_plus_1 != 0) place = (place + 1) & (slots_count_ - 1);
    slots_[place] = old[i];
  }
}

ProductTable::Slot& ProductTable::slot_of(std::string_view id, Hash hash) const {
  for (std::size_t place = hash.value;; ++place) {
    Slot& slot = slots_[place & (slots_count_ - 1)];
    if (slot.product_plus_1 == 0) return slot;
    if (slot.hash == hash.value && this->id(slot.product_plus_1 - 1) == id) return slot;
  }
}

std::optional<ProductTable::Index> ProductTable::find(const ProductId& product, Hash hash) const {
  const Slot& slot = slot_of(product.view(), hash);
  if (slot.product_plus_1 == 0) return std::nullopt;
  return slot.product_plus_1 - 1;
}

ProductTable::Index ProductTable::find_or_add(const ProductId& product, Hash hash) {
  Slot& slot = slot_of(product.view(), hash);
  if (slot.product_plus_1 == 0) {
    RUSHLINE_ASSERT(has_room_for(1));
    slot = {hash.value, add(product.view()) + 1};
  }
  return slot.product_plus_1 - 1;
}

ProductTable::Index ProductTable::add(std::string_view id) {
  if (size_ == blocks_.size() * block_products) {
    blocks_.push_back(make_large_array<Product>(block_products));
  }
  Product& product = at(size_);
  product.id_length = static_cast<std::uint8_t>(id.size());
  if (id.size() <= short_id_length_max) {
    std::memcpy(product.id.data(), id.data(), id.size());
  } else {
    const auto place = static_cast<std::uint32_t>(long_ids_.size());
    std::memcpy(product.id.data(), &place, sizeof(place));
    long_ids_.push_back(*ProductId::parse(id));
  }
  return size_++;
}

void ProductTable::prefetch_slot(Hash hash) const {
  __builtin_prefetch(&slots_[hash.value & (slots_count_ - 1)]);
}

void ProductTable::prefetch_product(Hash hash) const {
  const Slot& slot = slots_[hash.value & (slots_count_ - 1)];
  if (slot.product_plus_1 != 0) __builtin_prefetch(&at(slot.product_plus_1 - 1));
}

std::string_view ProductTable::id(Index product) const {
  const Product& entry = at(product);
  if (entry.id_length <= short_id_length_max) return {entry.id.data(), entry.id_length};
  std::uint32_t place = 0;
  std::memcpy(&place, entry.id.data(), sizeof(place));
  return long_ids_[place].view();
}

std::size_t ProductTable::place_of(Day day) {
  return static_cast<std::uint32_t>(day.number) % static_cast<std::uint32_t>(days_kept);
}

std::int64_t ProductTable::total(Index product, Day day) const {
  const Product& entry = at(product);
  return day.number <= entry.newest ? entry.totals[place_of(day)] : 0;
}

void ProductTable::set_total(Index product, Day day, Day newest, std::int64_t total) {
  Product& entry = at(product);
  const std::int32_t passed = std::min(newest.number - entry.newest, days_kept);
  for (std::int32_t i = 0; i < passed; ++i) entry.totals[place_of(newest - i)] = 0;
  entry.newest = newest.number;
  entry.totals[place_of(day)] = total;
}

std::int64_t ProductTable::score(Index product, const DayWindow& window) const {
  std::int64_t sum = 0;
  for (Day day = window.first(); day <= window.last; day = day + 1) sum += total(product, day);
  return sum;
}

bool ProductTable::is_alive(Index product, Day newest) const {
  return score(product, {newest, days_kept}) > 0;
}

ProductTable::Index ProductTable::count_alive(Day newest) const {
  Index count = 0;
  for (Index i = 0; i < size_; ++i) {
    if (is_alive(i, newest)) ++count;
  }
  return count;
}

std::unique_ptr<ProductTable> ProductTable::compact(Day newest) const {
  auto table = std::make_unique<ProductTable>();
  table->make_room_for(count_alive(newest));
  for (std::size_t i = 0; i < slots_count_; ++i) {
    if (slots_[i].product_plus_1 == 0) continue;
    const Index old = slots_[i].product_plus_1 - 1;
    if (!is_alive(old, newest)) continue;
    Slot& slot = table->slot_of(id(old), {slots_[i].hash});
    slot = {slots_[i].hash, table->add(id(old)) + 1};
    Product& copy = table->at(slot.product_plus_1 - 1);
    copy.totals = at(old).totals;
    copy.newest = at(old).newest;
  }
  return table;
}

}  // namespace rushline::embedded
