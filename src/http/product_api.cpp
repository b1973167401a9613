// Reads what is asked of products, and writes them as JSON.
#include "http/product_api.hpp"

#include "http/json_input.hpp"
#include "http/json_output.hpp"
#include "http/query_input.hpp"

namespace rushline::http {
namespace {

using catalog::Product;

void append_product(std::string& out, const Product& product) {
  JsonWriter(out)
      .begin('{')
      .field("product_id", product.id)
      .field("name", product.name)
      .field("price", product.price)
      .field("stock", product.stock)
      .end('}');
}

Reply product_reply(const Product& product) {
  Reply reply;
  append_product(reply.body, product);
  return reply;
}

catalog::NewProduct read_new_product(JsonInput& input, std::string_view body) {
  catalog::NewProduct product;
  auto object = input.parse(body);
  if (!object) return product;
  product.id = object->id_if_given<ProductId>("product_id");
  product.name = object->text("name", limits::name_bytes_max);
  product.price = {object->integer("price", 0, limits::price_max)};
  product.stock = object->integer("stock", 0, limits::stock_max);
  object->refuse_others();
  return product;
}

catalog::ProductPatch read_patch(JsonInput& input, std::string_view body) {
  catalog::ProductPatch patch;
  auto object = input.parse(body);
  if (!object) return patch;
  object->null_is_wrong();
  patch.name = object->text_if_given("name", limits::name_bytes_max);
  if (const auto price = object->integer_if_given("price", 0, limits::price_max)) {
    patch.price = Money{*price};
  }
  patch.add_stock = object->integer_if_given("add_stock", -limits::stock_max, limits::stock_max);
  object->refuse_others();
  return patch;
}

}  // namespace

void ProductApi::create(const Request& request, Responder responder) {
  JsonInput input;
  auto product = read_new_product(input, request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  writes_.write_and_answer(
      request, responder, KeyRule::optional, input.canonical(),
      [this, product = std::move(product)](Transaction& transaction) {
        return products_.create(transaction, product);
      },
      [](const Product& made) {
        Reply reply = product_reply(made);
        reply.status = 201;
        reply.location = "/v1/products/" + std::string(made.id.view());
        return reply;
      });
}

void ProductApi::list(const Request& request, Responder responder) {
  QueryInput query(request.query);
  const auto after = query.shop_id_cursor<ProductId>();
  const auto limit = query.page_limit();
  if (const auto error = query.error()) return refuse(request, responder, *error);
  read_and_answer(
      database_, request, responder,
      [this, after, limit](Transaction& transaction) {
        return products_.list(transaction, after, limit);
      },
      [](const Page<Product, ProductId>& page) {
        Reply reply;
        JsonWriter json(reply.body);
        json.begin('{').key("items").begin('[');
        for (const Product& product : page.items) append_product(reply.body, product);
        json.end(']').field("next", cursor_after(page.next)).end('}');
        return reply;
      });
}

void ProductApi::get(const Request& request, Responder responder) {
  const auto id = ProductId::parse(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "product");
  if (const auto error = refusal_of_any(request.query)) return refuse(request, responder, *error);
  read_and_answer(
      database_, request, responder,
      [this, id = *id](Transaction& transaction) { return products_.get(transaction, id); },
      product_reply);
}

void ProductApi::patch(const Request& request, Responder responder) {
  const auto id = ProductId::parse(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "product");
  JsonInput input;
  auto patch = read_patch(input, request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  writes_.write_and_answer(
      request, responder, KeyRule::optional, input.canonical(),
      [this, id = *id, patch = std::move(patch)](Transaction& transaction) {
        return products_.patch(transaction, id, patch);
      },
      product_reply);
}

}  // namespace rushline::http
