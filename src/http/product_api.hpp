// Products over HTTP: /v1/products.
#pragma once

#include "catalog/product_service.hpp"
#include "http/keyed_writes.hpp"

namespace rushline::http {

// Each member handles one route; called on the loops' threads.
class ProductApi {
 public:
  ProductApi(Database& database, catalog::ProductService& products, KeyedWrites& writes)
      : database_(database), products_(products), writes_(writes) {}

  void create(const Request& request, Responder responder);
  void list(const Request& request, Responder responder);
  void get(const Request& request, Responder responder);
  void patch(const Request& request, Responder responder);

 private:
  Database& database_;                 // constant
  catalog::ProductService& products_;  // constant
  KeyedWrites& writes_;                // constant
};

}  // namespace rushline::http
