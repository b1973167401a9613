// Looks, and tells.
#include "ops/ops_api.hpp"

#include "core/limits.hpp"
#include "http/query_input.hpp"
#include "ops/metrics.hpp"
#include "ops/status.hpp"

namespace rushline::ops {

void OpsApi::metrics(const http::Request&, http::Responder responder) {
  http::Reply reply;
  reply.content_type = http::content_type::metrics;
  reply.body = render_metrics(observe_());
  responder.send(std::move(reply));
}

void OpsApi::status(const http::Request& request, http::Responder responder) {
  if (const auto error = http::refusal_of_any(request.query)) {
    return http::refuse(request, responder, *error);
  }
  // Nobody who asks what is wrong should wait for what is known to be away.
  if (!observe_().database.up) return responder.send(late(request));
  responder.answer_by(request.arrived + limits::health_time_max, *this);
  database_.read([this](Transaction& transaction) { return sales_.record_state(transaction); },
                 [this, responder](const Result<ranking::RecordState>& record) {
                   responder.send(http::json_reply(render_status(observe_(), record)));
                 });
}

http::Reply OpsApi::late(const http::Request&) {
  return http::json_reply(
      render_status(observe_(), fail(Errc::timed_out, "The database did not answer in time.")));
}

}  // namespace rushline::ops
