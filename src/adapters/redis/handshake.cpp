// The steps of the handshake, and what each refusal means.
#include "adapters/redis/handshake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/redis/client.hpp"

namespace rushline::redis {
namespace {

constexpr std::string_view client_name = "rushline";

constexpr std::string_view needs =
    "NOAUTH means that a password belongs in the address, NOPERM that the user needs +role, +ping "
    "and +client|setname, DENIED that Redis is in protected mode";

// CLIENT SETNAME is only for people who look at CLIENT LIST.
bool is_needless(const Reply& reply) {
  return reply.text.starts_with("NOPERM ") || reply.text.starts_with("ERR unknown ");
}

Error refused(std::string_view step, const Reply& reply, std::string_view advice) {
  return fail(Errc::unavailable,
              fmt::format("Redis answers {} to {}: {}.", error_word(reply), step, advice));
}

Result<void> check_cluster(const Reply& reply) {
  if (reply.text.starts_with("cluster_state:ok")) return {};
  return fail(Errc::unavailable,
              "The Redis Cluster does not work: CLUSTER INFO on this node does not say "
              "cluster_state:ok.");
}

Result<void> check_role(const Reply& reply) {
  if (!reply.is(Reply::Kind::array) || reply.items.empty() ||
      !reply.items.front().is(Reply::Kind::text)) {
    return fail(Errc::unavailable, "What answers does not tell its role as a Redis does.");
  }
  const std::string& role = reply.items.front().text;
  if (role == "master") return {};
  if (role == "slave") return fail(Errc::unavailable, "This Redis is a replica, not the primary.");
  return fail(Errc::unavailable, "This is a Sentinel or the like, not a Redis that holds data.");
}

}  // namespace

Handshake::Handshake(const Login& login) : to_(login.to) {
  const auto add = [this](Step step, const Command& command) {
    steps_.push_back(step);
    bytes_ += command.bytes();
  };
  const auto& [user, password] = login.credentials;
  if (!password.empty()) {
    add(Step::auth, user.empty() ? Command{"AUTH", password} : Command{"AUTH", user, password});
  }
  if (login.database != 0) add(Step::select, {"SELECT", std::to_string(login.database)});
  add(Step::name, {"CLIENT", "SETNAME", client_name});
  const bool is_of_cluster = login.to == Login::To::cluster_primary;
  if (login.to == Login::To::primary || is_of_cluster) add(Step::role, Command{"ROLE"});
  if (is_of_cluster) add(Step::cluster, {"CLUSTER", "INFO"});
  add(Step::ping, Command{"PING"});
}

Result<void> Handshake::take(const Reply& reply) {
  auto checked = check(steps_[taken_], reply);
  if (checked) ++taken_;
  return checked;
}

Result<void> Handshake::check(Step step, const Reply& reply) const {
  switch (step) {
    case Step::auth:
      if (!reply.is_error()) return {};
      if (to_ == Login::To::sentinel && !reply.text.starts_with("WRONGPASS")) return {};
      return refused("the user and password of its address", reply,
                     "correct the address, or the user in Redis");
    case Step::select:
      if (!reply.is_error()) return {};
      return refused("SELECT", reply,
                     "choose a database that it has (its setting `databases`) and that the user "
                     "may use");
    case Step::name:
      if (!reply.is_error() || is_needless(reply)) return {};
      return refused("its first command", reply, needs);
    case Step::role:
      if (!reply.is_error()) return check_role(reply);
      return refused("ROLE", reply, needs);
    case Step::cluster:
      if (!reply.is_error()) return check_cluster(reply);
      return refused("CLUSTER INFO", reply,
                     "ERR means that it is no Cluster (use redis://), NOPERM that the user needs "
                     "+cluster|info, +cluster|slots and +asking");
    case Step::ping:
      break;
  }
  if (reply.is(Reply::Kind::status) && reply.text == "PONG") return {};
  if (!reply.is_error()) return fail(Errc::unavailable, "What answers does not answer PING.");
  if (reply.text.starts_with("LOADING")) {
    return fail(Errc::unavailable, "Redis is still loading its data.");
  }
  return refused("PING", reply, needs);
}

bool is_unable(const Reply& reply) {
  constexpr std::array<std::string_view, 6> words = {
      "READONLY ", "LOADING ", "MASTERDOWN ",
      "NOAUTH ",   "BUSY ",    "CLUSTERDOWN The cluster is down"};
  return reply.is_error() && std::ranges::any_of(words, [&](std::string_view word) {
           return reply.text.starts_with(word);
         });
}

std::string error_word(const Reply& reply) {
  const std::string word = reply.text.substr(0, reply.text.find(' '));
  const bool is_word = !word.empty() && word.size() <= 32 &&
                       std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_word ? word : "an error";
}

}  // namespace rushline::redis
