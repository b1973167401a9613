// Best sellers over HTTP: the popular list from memory, and the rank of one product.
#pragma once

#include "core/database.hpp"
#include "http/responder.hpp"
#include "ranking/popular_list.hpp"
#include "ranking/product_standing.hpp"

namespace rushline::http {

// True when `if_none_match` names `etag` (with its quotes), as RFC 9110 compares for GET.
bool etag_is_known(std::string_view if_none_match, std::string_view etag);

// Each member handles one route; called on the loops' threads.
class RankingApi {
 public:
  RankingApi(Database& database, ranking::PopularList& list, ranking::ProductStanding& standing)
      : database_(database), list_(list), standing_(standing) {}

  // From memory, without allocating. A stale list has an Age: the seconds since it was known last
  // to be the state of the record.
  void popular(const Request& request, Responder responder);
  // On a database thread, because a board may block.
  void rank(const Request& request, Responder responder);

 private:
  Database& database_;                  // constant
  ranking::PopularList& list_;          // constant
  ranking::ProductStanding& standing_;  // constant
};

}  // namespace rushline::http
