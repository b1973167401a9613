// The answers that do not depend on what was asked.
#include "http/answers.hpp"

namespace rushline::http {
namespace {

class DatabaseTooSlow final : public LateAnswer {
 public:
  Reply late(const Request& request) override {
    return problem(fail(Errc::timed_out,
                        "The database has not answered in time. Whether the request took effect "
                        "is unknown; it is safe to repeat it with the same Idempotency-Key."),
                   request.id);
  }
};

}  // namespace

LateAnswer& database_too_slow() {
  static DatabaseTooSlow late_answer;
  return late_answer;
}

bool refuse_others_user(const Request& request, Responder responder, const UserId& user) {
  if (request.caller->acts_for(user)) return false;
  responder.send(problem(Refusal::forbidden, "The token is another user's.", request.id));
  return true;
}

Reply json_reply(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

Reply created_reply(std::string location, std::string body) {
  Reply reply;
  reply.status = 201;
  reply.location = std::move(location);
  reply.body = std::move(body);
  return reply;
}

}  // namespace rushline::http
