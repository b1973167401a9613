// What every handler ends with: refuse, or read and answer.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "core/database.hpp"
#include "core/ids.hpp"
#include "core/limits.hpp"
#include "http/problem.hpp"
#include "http/responder.hpp"

namespace rushline::http {

// Answers 503 after limits::answer_time_max. What was asked for may still happen.
LateAnswer& database_too_slow();

inline void refuse(const Request& request, Responder responder, const Error& error) {
  responder.send(problem(error, request.id));
}

// `what` as in "There is no order 17 here."
inline void refuse_unknown(const Request& request, Responder responder, std::string_view what) {
  refuse(request, responder, fail(Errc::not_found, "There is no such " + std::string(what) + "."));
}

// True, and 403 is answered, when the caller is a shopper and `user` is somebody else.
bool refuse_others_user(const Request& request, Responder responder, const UserId& user);

Reply json_reply(std::string body);
// 201 with the place of what was made.
Reply created_reply(std::string location, std::string body);

// `run`: Result<T>(Transaction&), on a reader of the database; must own what it needs, for the
// request may end before it. `render`: Reply(T&), on a database thread; an error is a problem.
template <class Run, class Render>
void read_and_answer(Database& database, const Request& request, Responder responder, Run run,
                     Render render) {
  responder.answer_by(request.arrived + limits::answer_time_max, database_too_slow());
  database.read(std::move(run), [responder, id = request.id,
                                 render = std::move(render)](auto outcome) mutable {
    responder.send(outcome.has_value() ? render(*outcome) : problem(outcome.error(), id));
  });
}

}  // namespace rushline::http
