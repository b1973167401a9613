// Short answers for probes.
#include "http/health_api.hpp"

#include "http/problem.hpp"

namespace rushline::http {
namespace {

constexpr std::string_view ready_body = R"({"status":"ready","degraded":[]})";
constexpr std::string_view degraded_body = R"({"status":"ready","degraded":["database"]})";

}  // namespace

void HealthApi::live(const Request&, Responder responder) {
  responder.send_now({.body = R"({"status":"alive"})"});
}

void HealthApi::ready(const Request& request, Responder responder) {
  switch (lifecycle_.phase()) {
    case Phase::starting:
      return refuse(request, responder, fail(Errc::unavailable, "The server is starting."));
    case Phase::draining:
      return refuse(request, responder,
                    fail(Errc::shutting_down, "The server is draining; ask another one."));
    case Phase::ready:
      break;
  }
  responder.answer_by(request.arrived + limits::health_time_max, *this);
  database_.read(
      [this](Transaction& transaction) { return sales_.record_state(transaction); },
      [responder](const Result<ranking::RecordState>& state) {
        responder.send(json_reply(std::string(state.has_value() ? ready_body : degraded_body)));
      });
}

Reply HealthApi::late(const Request&) { return json_reply(std::string(degraded_body)); }

void HealthApi::started(const Request& request, Responder responder) {
  if (lifecycle_.phase() == Phase::starting) {
    return refuse(request, responder, fail(Errc::unavailable, "The server is starting."));
  }
  responder.send_now({.body = R"({"status":"started"})"});
}

}  // namespace rushline::http
