// Reads purchases in bulk.
#include "http/purchase_api.hpp"

#include "http/json_input.hpp"
#include "http/json_output.hpp"

namespace rushline::http {
namespace {

std::vector<ranking::Purchase> read_purchases(JsonInput& input, std::string_view body) {
  std::vector<ranking::Purchase> purchases;
  auto object = input.parse(body);
  if (!object) return purchases;
  object->each("purchases", 1, limits::purchases_per_request_max, [&purchases](JsonObject& line) {
    purchases.push_back({.purchase_id = line.id<PurchaseId>("purchase_id"),
                         .product_id = line.id<ProductId>("product_id"),
                         .quantity = line.integer("quantity", 1, limits::line_quantity_max),
                         .occurred_at = line.time_if_given("occurred_at")});
    line.refuse_others();
  });
  object->refuse_others();
  return purchases;
}

}  // namespace

void PurchaseApi::take(const Request& request, Responder responder) {
  JsonInput input;
  auto purchases = read_purchases(input, request.body);
  if (const auto error = input.error()) return refuse(request, responder, *error);
  // Canonical text of a body of 10,000 lines is only made when a key asks for it.
  const std::string canonical =
      request.has(Header::idempotency_key) ? input.canonical() : std::string();
  writes_.write_and_answer(
      request, responder, KeyRule::optional, canonical,
      [this, purchases = std::move(purchases)](Transaction& transaction) {
        return intake_.take(transaction, purchases);
      },
      [](const ranking::Intake& intake) {
        Reply reply;
        JsonWriter(reply.body)
            .begin('{')
            .field("accepted", intake.accepted)
            .field("duplicates", intake.duplicates)
            .end('}');
        return reply;
      });
}

void PurchaseApi::take_back(const Request& request, Responder responder) {
  const auto id = PurchaseId::parse(request.arguments[0]);
  if (!id) return refuse_unknown(request, responder, "purchase");
  writes_.write_and_answer(
      request, responder, KeyRule::ignored, "",
      [this, id = *id](Transaction& transaction) -> Result<bool> {
        if (auto taken = intake_.take_back(transaction, id); taken.has_error()) {
          return taken.error();
        }
        return true;
      },
      [](bool) {
        Reply reply;
        reply.status = 204;
        return reply;
      });
}

}  // namespace rushline::http
