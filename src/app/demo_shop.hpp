// The shop of the demo: products, shoppers who buy, winners who use their coupon; all over HTTP.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "app/remote.hpp"
#include "core/time.hpp"

namespace rushline::app {

// A line of the best-seller list.
struct ListLine {
  std::string product;
  std::string name;
  std::int64_t score = 0;
};

struct OrdersMade {
  std::int64_t completed = 0;
  std::int64_t cancelled = 0;
  std::int64_t saved = 0;  // by coupons, in the smallest unit of money
};

// Used by one thread. Every call throws VerbFailure.
class DemoShop {
 public:
  DemoShop(Remote remote, std::uint64_t seed) : remote_(std::move(remote)), random_(seed) {}

  void stock_shelves();
  // The id of the event.
  std::int64_t announce_drop(std::int64_t quantity, Timestamp opens_at);

  // Some purchases at once; what is in fashion changes from time to time. How many it were.
  std::int64_t sell_some();
  std::vector<ListLine> best_sellers();

  // A few winners order with their coupon; every fifth thinks better of it and cancels.
  OrdersMade let_winners_order(std::int64_t event, std::int64_t winners_max);

 private:
  std::size_t pick_product();

  Remote remote_;
  std::mt19937_64 random_;
  std::vector<double> fashion_;  // weight of each product
  std::int64_t purchases_ = 0;
  int rounds_ = 0;
};

}  // namespace rushline::app
