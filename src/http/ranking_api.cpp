// Serves ready bytes, or 304.
#include "http/ranking_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "http/answers.hpp"
#include "http/json_output.hpp"
#include "http/query_input.hpp"

namespace rushline::http {
namespace {

std::int32_t read_window(QueryInput& query) {
  return query.word("window", {"3d", "1d"}) == 0 ? limits::ranking_window_days : 1;
}

constexpr std::string_view fresh_headers = "Cache-Control: no-cache\r\n";

std::string_view without_weakness(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

bool etag_is_known(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view tag = if_none_match.substr(0, comma);
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
    const std::size_t first = tag.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    tag = tag.substr(first, tag.find_last_not_of(" \t") - first + 1);
    if (tag == "*" || without_weakness(tag) == etag) return true;
  }
  return false;
}

void RankingApi::popular(const Request& request, Responder responder) {
  QueryInput query(request.query);
  const std::int32_t days = read_window(query);
  const auto limit =
      query.integer("limit", limits::popular_limit_default, 1, limits::popular_limit_max);
  if (const auto error = query.error()) return refuse(request, responder, *error);
  const auto bytes = list_.get(days, limit);
  if (bytes == nullptr) {
    return refuse(request, responder,
                  fail(Errc::unavailable, "There is no list yet: the server has just started."));
  }
  ReplyView reply{.etag = bytes->etag, .headers = fresh_headers};
  std::array<char, 64> stale_headers;
  if (bytes->stale_since) {
    const auto age = std::max(request.arrived - *bytes->stale_since, Monotonic::duration::zero());
    const auto end =
        fmt::format_to_n(stale_headers.data(), stale_headers.size(), "{}Age: {}\r\n", fresh_headers,
                         std::chrono::floor<std::chrono::seconds>(age).count());
    reply.headers = {stale_headers.data(), end.size};
  }
  if (etag_is_known(request.header(Header::if_none_match), bytes->etag)) {
    reply.status = 304;
  } else {
    reply.body = bytes->body;
  }
  responder.send_now(reply);
}

void RankingApi::rank(const Request& request, Responder responder) {
  const auto product = ProductId::parse(request.arguments[0]);
  if (!product) return refuse_unknown(request, responder, "product");
  QueryInput query(request.query);
  const std::int32_t days = read_window(query);
  if (const auto error = query.error()) return refuse(request, responder, *error);
  read_and_answer(
      database_, request, responder,
      [this, days, product = *product](Transaction& transaction) {
        return standing_.of(transaction, days, product);
      },
      [product = *product](const ranking::Standing& standing) {
        Reply reply;
        JsonWriter(reply.body)
            .begin('{')
            .field("product_id", product)
            .field("rank", standing.rank)
            .field("score", standing.score)
            .end('}');
        return reply;
      });
}

}  // namespace rushline::http
