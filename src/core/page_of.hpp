// Makes a page of rows that were read with one row too many, to see whether there is a next page.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/page.hpp"

namespace rushline {

template <class Item, class Key>
Page<Item, Key> page_of(std::vector<Item> items, std::int64_t limit) {
  Page<Item, Key> page{std::move(items), std::nullopt};
  if (static_cast<std::int64_t>(page.items.size()) > limit) {
    page.items.pop_back();
    page.next = page.items.back().id;
  }
  return page;
}

}  // namespace rushline
