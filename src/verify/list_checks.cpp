// Compares lists of one revision with each other, and the revisions of one server in time.
#include "verify/list_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace rushline::verify {
namespace {

using Reads = std::vector<const ListRead*>;

// Best first, equal scores in descending order of the product, nobody twice, nothing without a
// sale.
bool is_ranked(const std::vector<Score>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].score <= 0) return false;
    if (i > 0 && std::tie(entries[i - 1].score, entries[i - 1].product) <=
                     std::tie(entries[i].score, entries[i].product)) {
      return false;
    }
  }
  std::set<ProductId> products;
  for (const Score& entry : entries) products.insert(entry.product);
  return products.size() == entries.size();
}

std::pair<Day, std::int64_t> state_of(const ListRead& read) { return {read.day, read.revision}; }

void check_states(Reads& reads, Check& check) {
  std::sort(reads.begin(), reads.end(), [](const ListRead* a, const ListRead* b) {
    return std::tie(a->list, a->day, a->revision, a->op) <
           std::tie(b->list, b->day, b->revision, b->op);
  });
  const ListRead* first = nullptr;  // of this list and revision
  for (const ListRead* read : reads) {
    if (first == nullptr || first->list != read->list || state_of(*first) != state_of(*read)) {
      first = read;
    } else if (first->entries != read->entries) {
      check.find(fmt::format("ops {} and {}: two different lists {} of revision {}", first->op,
                             read->op, read->list, read->revision));
    }
  }
}

void check_servers(Reads& reads, Check& check) {
  std::sort(reads.begin(), reads.end(), [](const ListRead* a, const ListRead* b) {
    return std::tie(a->server, a->list, a->when.invoke_us) <
           std::tie(b->server, b->list, b->when.invoke_us);
  });
  const auto is_other = [](const ListRead* a, const ListRead* b) {
    return a->server != b->server || a->list != b->list;
  };
  for (auto begin = reads.begin(); begin != reads.end();) {
    const auto end = std::find_if(begin, reads.end(),
                                  [&](const ListRead* read) { return is_other(*begin, read); });
    Reads by_end(begin, end);
    std::sort(by_end.begin(), by_end.end(), [](const ListRead* a, const ListRead* b) {
      return a->when.end_us() < b->when.end_us();
    });
    auto ended = by_end.begin();
    const ListRead* newest = nullptr;  // of those that ended before
    for (auto at = begin; at != end; ++at) {
      for (; ended != by_end.end() && (*ended)->when.is_before((*at)->when); ++ended) {
        if (newest == nullptr || state_of(**ended) > state_of(*newest)) newest = *ended;
      }
      if (newest != nullptr && state_of(**at) < state_of(*newest)) {
        check.find(fmt::format(
            "op {}: server {} showed revision {} of {} after revision {} (op {})", (*at)->op,
            (*at)->server, (*at)->revision, (*at)->list, newest->revision, newest->op));
      }
    }
    begin = end;
  }
}

}  // namespace

Check check_lists(const std::vector<ListRead>& reads) {
  Check check{.promise = "S9",
              .states = "a list is one state, and a server never shows an older one after a newer",
              .rows = std::ssize(reads)};
  Reads seen;
  for (const ListRead& read : reads) {
    seen.push_back(&read);
    if (!is_ranked(read.entries)) {
      check.find(fmt::format("op {}: the list {} of server {} is not in order", read.op, read.list,
                             read.server));
    }
  }
  check_states(seen, check);
  check_servers(seen, check);
  return check;
}

}  // namespace rushline::verify
