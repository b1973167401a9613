// Adds up sales by their names, so that one that was sent twice counts once; see score_checks.hpp.
#include "verify/score_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/limits.hpp"

namespace rushline::verify {
namespace {

// One line of a purchase, over all its tries.
struct SoldLine {
  ProductId product;
  Day day;
  std::int64_t quantity = 0;
  bool is_certain = false;  // one try was acknowledged
};

struct Purchase {
  std::vector<SoldLine> lines;
  bool is_taken_back = false;  // for certain
  bool may_be_taken_back = false;
};

// What a score can be: the certain ones, and any choice of the others.
struct Sum {
  std::int64_t certain = 0;
  std::vector<std::int64_t> uncertain = {};
};

bool can_be(const Sum& sum, std::int64_t score) {
  const std::int64_t missing = score - sum.certain;
  if (missing == 0) return true;
  std::int64_t most = 0;
  for (const std::int64_t quantity : sum.uncertain) most += quantity;
  if (missing < 0 || missing > most) return false;
  if (most > limits::uncertain_score_max) return true;  // too many to try: within the bounds
  std::vector<bool> is_reached(static_cast<std::size_t>(missing) + 1);
  is_reached[0] = true;
  for (const std::int64_t quantity : sum.uncertain) {
    for (std::int64_t at = missing; at >= quantity; --at) {
      if (is_reached[static_cast<std::size_t>(at - quantity)]) {
        is_reached[static_cast<std::size_t>(at)] = true;
      }
    }
  }
  return is_reached[static_cast<std::size_t>(missing)];
}

class Sales {
 public:
  explicit Sales(const History& history) {
    for (const Sale& sale : history.sales) see(sale);
    for (const TakeBack& back : history.taken_back) {
      if (back.ended == Ended::refused) continue;
      Purchase& purchase = purchases_[back.purchase];
      purchase.may_be_taken_back = true;
      purchase.is_taken_back |= back.ended == Ended::done;
    }
  }

  std::unordered_map<ProductId, Sum> sums(Day first, Day last) const {
    std::unordered_map<ProductId, Sum> sums;
    for (const auto& [id, purchase] : purchases_) {
      if (purchase.is_taken_back) continue;
      for (const SoldLine& line : purchase.lines) {
        if (line.day < first || last < line.day) continue;
        Sum& sum = sums[line.product];
        if (line.is_certain && !purchase.may_be_taken_back) {
          sum.certain += line.quantity;
        } else {
          sum.uncertain.push_back(line.quantity);
        }
      }
    }
    return sums;
  }

 private:
  void see(const Sale& sale) {
    if (sale.ended == Ended::refused) return;
    std::vector<SoldLine>& lines = purchases_[sale.purchase].lines;
    const auto same = std::find_if(lines.begin(), lines.end(), [&](const SoldLine& line) {
      return line.product == sale.product && line.quantity == sale.quantity;
    });
    SoldLine& line = same != lines.end()
                         ? *same
                         : lines.emplace_back(SoldLine{sale.product, sale.day, sale.quantity});
    line.is_certain |= sale.ended == Ended::done;
  }

  std::unordered_map<PurchaseId, Purchase> purchases_;
};

void tell(Check& check, const StoredScores& stored, const ProductId& product, std::int64_t score,
          const Sum& sum) {
  check.find(
      fmt::format("product {} from {} to {}: the score is {}, {} were sold for certain and "
                  "{} more sales may count",
                  product.view(), to_iso_date(stored.first), to_iso_date(stored.last), score,
                  sum.certain, sum.uncertain.size()));
}

}  // namespace

Check check_scores(const History& history, const AtRest& rest) {
  Check check{.promise = "S8",
              .states = "every score equals the sum of the purchases that were acknowledged"};
  const Sales sales(history);
  for (const StoredScores& stored : rest.scores) {
    const std::unordered_map<ProductId, Sum> sums = sales.sums(stored.first, stored.last);
    std::unordered_set<ProductId> listed;
    std::int64_t lowest = stored.is_whole || stored.entries.empty() ? 0 : never_us;
    for (const Score& entry : stored.entries) {
      ++check.rows;
      listed.insert(entry.product);
      if (!stored.is_whole) lowest = std::min(lowest, entry.score);
      const auto at = sums.find(entry.product);
      const Sum sum = at == sums.end() ? Sum{} : at->second;
      if (!can_be(sum, entry.score)) tell(check, stored, entry.product, entry.score, sum);
    }
    // Who is not listed has at most what the last one has.
    for (const auto& [product, sum] : sums) {
      if (!listed.contains(product) && sum.certain > lowest) {
        tell(check, stored, product, 0, sum);
      }
    }
  }
  return check;
}

}  // namespace rushline::verify
