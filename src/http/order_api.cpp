// Reads what is asked of orders, and writes them as JSON.
#include "http/order_api.hpp"

#include "http/json_input.hpp"
#include "http/json_output.hpp"
#include "http/query_input.hpp"

namespace rushline::http {
namespace {

using orders::Order;

Reply order_reply(const Order& order) {
  Reply reply;
  JsonWriter json(reply.body);
  json.begin('{')
      .field("order_id", order.id)
      .field("user_id", order.user)
      .field("status", to_word(order.status))
      .key("lines")
      .begin('[');
  for (const orders::OrderLine& line : order.lines) {
    json.begin('{')
        .field("product_id", line.product_id)
        .field("quantity", line.quantity)
        .field("unit_price", line.unit_price)
        .end('}');
  }
  json.end(']')
      .field("subtotal", order.subtotal)
      .field("discount", order.discount)
      .field("total", order.total)
      .field("coupon_id", order.coupon_id)
      .field("created_at", order.created_at)
      .field("expires_at", order.expires_at)
      .end('}');
  return reply;
}

orders::PlaceOrder read_order(JsonInput& input, std::string_view body) {
  orders::PlaceOrder order{.user = *UserId::parse("-"), .lines = {}, .coupon_id = {}};
  auto object = input.parse(body);
  if (!object) return order;
  order.user = object->id<UserId>("user_id");
  object->each("lines", 1, limits::order_lines_max, [&order](JsonObject& line) {
    const auto product = line.id<ProductId>("product_id");
    order.lines.push_back({product, line.integer("quantity", 1, limits::line_quantity_max)});
    line.refuse_others();
  });
  if (const auto coupon = object->integer_if_given("coupon_id", 1, json_integer_max)) {
    order.coupon_id = CouponId{*coupon};
  }
  object->refuse_others();
  return order;
}

}  // namespace

void OrderApi::place(const Request& request, Responder responder) {
  constexpr auto rule = KeyRule::required_for_ever;
  if (const auto error = refusal_of_key(request, rule)) return refuse(request, responder, *error);
  JsonInput input;
  auto order = read_order(input, request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  writes_.write_and_answer(
      request, responder, rule, input.canonical(),
      [this, order = std::move(order)](Transaction& transaction) {
        return orders_.place(transaction, order);
      },
      [](const Order& placed) {
        Reply reply = order_reply(placed);
        reply.status = 201;
        reply.location = "/v1/orders/" + std::to_string(placed.id.value);
        return reply;
      });
}

void OrderApi::get(const Request& request, Responder responder) {
  const auto id = parse_number_id<OrderId>(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "order");
  if (const auto error = refusal_of_any(request.query)) return refuse(request, responder, *error);
  read_and_answer(
      database_, request, responder,
      [this, id = *id](Transaction& transaction) { return orders_.get(transaction, id); },
      order_reply);
}

void OrderApi::complete(const Request& request, Responder responder) {
  step(request, responder, &orders::OrderService::complete);
}

void OrderApi::cancel(const Request& request, Responder responder) {
  step(request, responder, &orders::OrderService::cancel);
}

void OrderApi::step(const Request& request, Responder responder, Step taken) {
  const auto id = parse_number_id<OrderId>(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "order");
  JsonInput input;
  input.expect_nothing(request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  writes_.write_and_answer(
      request, responder, KeyRule::optional, input.canonical(),
      [this, id = *id, taken](Transaction& transaction) {
        return (orders_.*taken)(transaction, id);
      },
      order_reply);
}

}  // namespace rushline::http
