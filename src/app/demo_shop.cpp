// What happens in the demo's shop; see demo_shop.hpp.
#include "app/demo_shop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <numeric>

namespace rushline::app {
namespace {

namespace json = boost::json;

struct DemoProduct {
  std::string_view id;
  std::string_view name;
  std::int64_t price;
};

constexpr std::array<DemoProduct, 9> products{{{"espresso-cup", "Espresso cup", 12'000},
                                               {"rain-jacket", "Rain jacket", 89'000},
                                               {"desk-lamp", "Desk lamp", 45'000},
                                               {"oat-milk", "Oat milk", 3'900},
                                               {"trail-shoes", "Trail shoes", 129'000},
                                               {"notebook-a5", "Notebook A5", 6'500},
                                               {"wool-socks", "Wool socks", 14'000},
                                               {"pepper-mill", "Pepper mill", 38'000},
                                               {"city-bike", "City bike", 690'000}}};

constexpr int rounds_of_fashion = 9;  // sell_some() calls until something else is in fashion
constexpr std::int64_t stock = 1'000'000;

}  // namespace

void DemoShop::stock_shelves() {
  for (const DemoProduct& product : products) {
    remote_.post("/v1/products", json::object{{"product_id", product.id},
                                              {"name", product.name},
                                              {"price", product.price},
                                              {"stock", stock}});
    fashion_.push_back(1);
  }
}

std::int64_t DemoShop::announce_drop(std::int64_t quantity, Timestamp opens_at) {
  const json::value event = remote_.post(
      "/v1/coupon-events", json::object{{"name", "Friday drop"},
                                        {"quantity", quantity},
                                        {"discount", {{"type", "rate"}, {"value", 20}}},
                                        {"opens_at", to_rfc3339(opens_at)}});
  return event.at("coupon_event_id").as_int64();
}

std::size_t DemoShop::pick_product() {
  const double all = std::accumulate(fashion_.begin(), fashion_.end(), 0.0);
  double at = static_cast<double>(random_() >> 11) * 0x1.0p-53 * all;
  for (std::size_t i = 0; i + 1 < fashion_.size(); ++i) {
    if (at < fashion_[i]) return i;
    at -= fashion_[i];
  }
  return fashion_.size() - 1;
}

std::int64_t DemoShop::sell_some() {
  if (rounds_++ % rounds_of_fashion == 0) {
    for (double& weight : fashion_) weight = 0.3 + static_cast<double>(random_() % 100) / 50;
    fashion_[random_() % fashion_.size()] *= 6;
  }
  const auto count = static_cast<std::int64_t>(12 + random_() % 20);
  json::array lines;
  for (std::int64_t i = 0; i < count; ++i) {
    lines.push_back({{"purchase_id", fmt::format("demo-{}", ++purchases_)},
                     {"product_id", products[pick_product()].id},
                     {"quantity", 1 + random_() % 3}});
  }
  remote_.post("/v1/purchases", json::object{{"purchases", std::move(lines)}});
  return count;
}

std::vector<ListLine> DemoShop::best_sellers() {
  const json::value list = remote_.get("/v1/products/popular?window=3d&limit=5");
  std::vector<ListLine> lines;
  for (const json::value& item : list.at("items").as_array()) {
    lines.push_back({.product = std::string(item.at("product_id").as_string()),
                     .name = std::string(item.at("name").as_string()),
                     .score = item.at("score").as_int64()});
  }
  return lines;
}

OrdersMade DemoShop::let_winners_order(std::int64_t event, std::int64_t winners_max) {
  const json::value winners =
      remote_.get(fmt::format("/v1/coupon-events/{}/coupons?limit={}", event, winners_max));
  OrdersMade made;
  std::int64_t seen = 0;
  for (const json::value& coupon : winners.at("items").as_array()) {
    const json::value order =
        remote_.post("/v1/orders", json::object{{"user_id", coupon.at("user_id")},
                                                {"lines",
                                                 {{{"product_id", products[pick_product()].id},
                                                   {"quantity", 1 + random_() % 2}}}},
                                                {"coupon_id", coupon.at("coupon_id")}});
    const std::string path = fmt::format("/v1/orders/{}", order.at("order_id").as_int64());
    remote_.post(path + "/complete", json::object{});
    if (++seen % 5 == 0) {
      remote_.post(path + "/cancel", json::object{});
      ++made.cancelled;
    } else {
      ++made.completed;
      made.saved += order.at("discount").as_int64();
    }
  }
  return made;
}

}  // namespace rushline::app
