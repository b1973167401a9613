// The routes as a tree of path segments.
#include "http/router.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"

namespace rushline::http {

namespace {

static_assert(method_count == static_cast<std::size_t>(Method::other) + 1);

// The first segment of `path`, which begins with '/'; `path` is left with what follows.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

}  // namespace

struct Router::Node {
  struct Edge {
    std::string_view segment;  // in the pattern of a route
    std::unique_ptr<Node> node;
  };

  std::vector<Edge> exact;
  std::unique_ptr<Node> parameter;
  std::array<const Route*, method_count> routes = {};
  std::string allow;

  Node* find_exact(std::string_view segment) const {
    for (const Edge& edge : exact) {
      if (edge.segment == segment) return edge.node.get();
    }
    return nullptr;
  }

  Node& step(std::string_view segment) {
    if (is_parameter(segment)) {
      if (!parameter) parameter = std::make_unique<Node>();
      return *parameter;
    }
    if (Node* known = find_exact(segment)) return *known;
    return *exact.emplace_back(segment, std::make_unique<Node>()).node;
  }

  void note_allowed() {
    allow.clear();
    for (std::size_t i = 0; i < method_count; ++i) {
      if (routes[i] != nullptr) allow.append(to_word(static_cast<Method>(i))).append(", ");
    }
    if (routes[static_cast<std::size_t>(Method::options)] == nullptr) {
      allow.append(to_word(Method::options));
    } else {
      allow.resize(allow.size() - 2);
    }
  }

  // The node where `path` ends. A path whose exact way leads nowhere takes the parameter's.
  const Node* find(std::string_view path, std::size_t depth, Found& found) const {
    if (path.empty()) return allow.empty() ? nullptr : this;
    const std::string_view segment = take_segment(path);
    if (const Node* next = find_exact(segment)) {
      if (const Node* end = next->find(path, depth, found)) return end;
    }
    const bool has_place = segment.size() > 0 && depth < found.arguments.size();
    if (!parameter || !has_place) return nullptr;
    const Node* end = parameter->find(path, depth + 1, found);
    if (end != nullptr) found.arguments[depth] = segment;
    return end;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Route added) {
  const Route& route = *routes_.emplace_back(std::make_unique<Route>(std::move(added)));
  RUSHLINE_ASSERT(route.pattern.starts_with('/') && route.handler);
  RUSHLINE_ASSERT(route.method != Method::head && route.method != Method::other);
  RUSHLINE_ASSERT(std::count(route.pattern.begin(), route.pattern.end(), '{') <=
                  static_cast<std::ptrdiff_t>(path_arguments_max));
  Node* node = root_.get();
  for (std::string_view rest = route.pattern; !rest.empty();)
    node = &node->step(take_segment(rest));
  const auto set = [&](Method method) {
    RUSHLINE_ASSERT(node->routes[static_cast<std::size_t>(method)] == nullptr);
    node->routes[static_cast<std::size_t>(method)] = &route;
  };
  set(route.method);
  if (route.method == Method::get) set(Method::head);
  node->note_allowed();
}

Router::Found Router::find(Method method, std::string_view path) const {
  Found found;
  if (!path.starts_with('/')) return found;
  const Node* node = root_->find(path, 0, found);
  if (node == nullptr) return found;
  found.allow = node->allow;
  found.route = node->routes[static_cast<std::size_t>(method)];
  return found;
}

}  // namespace rushline::http
