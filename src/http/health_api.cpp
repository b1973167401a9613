// Short answers for probes, from memory alone.
#include "http/health_api.hpp"

#include "http/problem.hpp"

namespace rushline::http {
namespace {

constexpr std::string_view body_of(Degraded degraded) {
  if (degraded.database && degraded.redis) {
    return R"({"status":"ready","degraded":["database","redis"]})";
  }
  if (degraded.database) return R"({"status":"ready","degraded":["database"]})";
  if (degraded.redis) return R"({"status":"ready","degraded":["redis"]})";
  return R"({"status":"ready","degraded":[]})";
}

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
  responder.send_now({.body = body_of(degraded_())});
}

void HealthApi::started(const Request& request, Responder responder) {
  if (lifecycle_.phase() == Phase::starting) {
    return refuse(request, responder, fail(Errc::unavailable, "The server is starting."));
  }
  responder.send_now({.body = R"({"status":"started"})"});
}

}  // namespace rushline::http
