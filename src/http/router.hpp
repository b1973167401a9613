// From method and path to handler: a table built at the start, looked up without allocation.
//
// Exact segments win over parameters: "/v1/products/popular" over "/v1/products/{id}". A trailing
// slash is another path. Built on one thread before the server listens, then only read.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/access.hpp"
#include "http/request.hpp"
#include "http/responder.hpp"

namespace rushline::http {

// Called on a loop's thread, on several at the same time. Answers through the responder, before or
// after it returns. Must not block and must not throw.
using Handler = std::function<void(const Request&, Responder)>;

// What a route takes: a body of another kind than JSON is refused with 415.
enum class Body : std::uint8_t { none, json };

struct Route {
  Method method;
  std::string_view pattern;  // "/v1/products/{id}"; at most path_arguments_max parameters
  Scope scope;
  Body body;
  Handler handler;
  RequestKind kind = RequestKind::other;
};

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // A pattern that stands there already with this method is a broken invariant.
  void add(Route route);

  struct Found {
    const Route* route = nullptr;  // null when the path or the method is unknown
    std::string_view allow;        // the methods of the path, as in Allow; empty: no such path
    // What stood for the parameters, still encoded.
    std::array<std::string_view, path_arguments_max> arguments;
  };

  // GET routes are found for HEAD too.
  Found find(Method method, std::string_view path) const;

  // All routes in the order added.
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node;

  std::vector<std::unique_ptr<Route>> routes_;  // constant once the server listens
  std::unique_ptr<Node> root_;                  // likewise
};

}  // namespace rushline::http
