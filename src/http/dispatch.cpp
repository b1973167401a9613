// The checks that every route shares, in the order in which a client should hear of them.
#include "http/dispatch.hpp"

#include <algorithm>

#include "http/cors.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"

namespace rushline::http {

namespace {

// application/json, with any parameters but another charset.
bool is_json(std::string_view content_type) {
  constexpr std::string_view json = content_type::json;
  if (content_type.size() < json.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (lower(content_type[i]) != json[i]) return false;
  }
  content_type.remove_prefix(json.size());
  const std::size_t next = content_type.find_first_not_of(" \t");
  return next == std::string_view::npos || content_type[next] == ';';
}

// Looks for who sends `authorization`, to be remembered. False: nobody known does; why not.
bool find_caller(const Keyring& keyring, const Clock& clock, CallerMemory& memory,
                 std::string_view authorization, Monotonic at, std::string_view& why_not) {
  const std::uint64_t edition = keyring.edition();
  const Timestamp now = clock.now();
  Access::Finding found = keyring.current()->find(authorization, now);
  why_not = found.why_not;
  memory.edition = 0;
  if (!found.caller) return false;
  const Monotonic until =
      found.until == Timestamp::max() ? Monotonic::max() : at + (found.until - now);
  memory = {std::string(authorization), *std::move(found.caller), edition, until};
  return true;
}

// Who calls; null when nobody known does, and then why not.
const Caller* caller_of(const Keyring& keyring, const Clock& clock, CallerMemory& memory,
                        const Request& request, std::string_view& why_not) {
  static const Caller local{"local", Scope::any};
  if (keyring.is_open()) return &local;
  why_not = "Send a known key as `Authorization: Bearer KEY`.";
  if (!request.has(Header::authorization)) return nullptr;
  const std::string_view authorization = request.header(Header::authorization);
  if (memory.holds(authorization, keyring.edition(), request.arrived)) return &memory.caller;
  return find_caller(keyring, clock, memory, authorization, request.arrived, why_not)
             ? &memory.caller
             : nullptr;
}

// Whether the caller may ask now. Health and metrics have no caller and no rate.
bool may_ask_now(RateLimits& rates, CallerMemory& memory, const Request& request) {
  RatesTold& told = *request.rates;
  if (request.caller->user) return rates.take_one(*request.caller->user, request.arrived, told);
  if (memory.meter == nullptr) memory.meter = rates.meter_of(request.caller->name);
  return memory.meter == nullptr || rates.take_one(*memory.meter, request.arrived, told);
}

bool decode_arguments(const Router::Found& found, Request& request, std::string& decoded) {
  request.arguments = found.arguments;
  std::size_t encoded_bytes = 0;
  for (const std::string_view argument : found.arguments) {
    if (argument.find('%') != std::string_view::npos) encoded_bytes += argument.size();
  }
  if (encoded_bytes == 0) return true;
  decoded.clear();
  decoded.reserve(encoded_bytes);  // views into it are taken while it grows
  for (std::string_view& argument : request.arguments) {
    if (argument.find('%') == std::string_view::npos) continue;
    const std::size_t begin = decoded.size();
    if (!percent_decode(argument, false, decoded)) return false;
    argument = std::string_view(decoded).substr(begin);
  }
  return true;
}

Reply refuse_method(const Request& request, std::string_view allow) {
  Reply reply;
  if (request.method == Method::options) {
    reply.status = 204;
  } else {
    reply = problem(Refusal::method_not_allowed, "This path takes other methods; see Allow.",
                    request.id);
  }
  reply.headers.append("Allow: ").append(allow).append("\r\n");
  if (reply.status == 204 && request.has(Header::access_control_request_method)) {
    reply.headers += preflight_lines(allow);
  }
  return reply;
}

}  // namespace

bool is_still_known(const Keyring& keyring, const Clock& clock, CallerMemory& memory, Scope wanted,
                    Monotonic now) {
  std::string_view ignored;
  const bool is_known = memory.is_in_force(keyring.edition(), now) ||
                        find_caller(keyring, clock, memory, memory.authorization, now, ignored);
  return is_known && holds_any(memory.caller.scopes, wanted);
}

const Route* dispatch(const Router& router, const Keyring& keyring, const Clock& clock,
                      RateLimits& rates, CallerMemory& memory, Request& request,
                      std::string& decoded, std::optional<Reply>& refusal) {
  static const Caller nobody{};
  const auto refuse = [&](auto&& reply) {
    refusal = std::forward<decltype(reply)>(reply);
    return nullptr;
  };
  if (request.path == "*") return refuse(refuse_method(request, "GET, HEAD, POST, PATCH, DELETE"));
  const Router::Found found = router.find(request.method, request.path);
  if (found.allow.empty()) {
    return refuse(problem(fail(Errc::not_found, "There is nothing at this path."), request.id));
  }
  if (found.route == nullptr) return refuse(refuse_method(request, found.allow));

  std::string_view why_not;
  const Caller* caller = caller_of(keyring, clock, memory, request, why_not);
  const Scope wanted = found.route->scope;
  if (caller == nullptr && wanted != Scope::none) {
    return refuse(problem(Refusal::unauthorized, why_not, request.id));
  }
  request.caller = caller == nullptr ? &nobody : caller;
  if (!holds_any(request.caller->scopes, wanted)) {
    return refuse(
        problem(Refusal::forbidden, "The key or token has no scope for this.", request.id));
  }
  if (request.rates != nullptr && wanted != Scope::none && !may_ask_now(rates, memory, request)) {
    return refuse(too_fast(*request.rates, request.id));
  }
  if (found.route->body == Body::json && !request.body.empty() &&
      !is_json(request.header(Header::content_type))) {
    return refuse(problem(Refusal::unsupported_media_type,
                          "Send the body with `Content-Type: application/json`.", request.id));
  }
  if (!decode_arguments(found, request, decoded)) {
    return refuse(problem(fail(Errc::unreadable,
                               "The path is not percent-encoded: a % must be followed by two "
                               "hexadecimal digits."),
                          request.id));
  }
  return found.route;
}

}  // namespace rushline::http
