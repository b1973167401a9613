// A page of a list, and where the next one begins.
#pragma once

#include <optional>
#include <vector>

namespace rushline {

// `next` is the key of the last item when there may be more, to be given as `after`.
template <class Item, class Key>
struct Page {
  std::vector<Item> items;
  std::optional<Key> next;
};

}  // namespace rushline
