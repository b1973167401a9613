// INFO is enough for most; CONFIG GET, which a server's user may not run, for the rest.
#include "adapters/redis/redis_facts.hpp"

#include <charconv>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/redis/keys.hpp"

namespace rushline::redis {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr auto asked_again_after = milliseconds(500);  // by then it is connected to again

// Blocks: the client calls back within limits::redis_command_time_max, always.
Result<Reply> ask_once(Client& client, Command command) {
  auto answer = std::make_shared<std::promise<Result<Reply>>>();
  auto answered = answer->get_future();
  client.send({}, std::move(command),
              [answer](Result<Reply> reply) { answer->set_value(std::move(reply)); });
  return answered.get();
}

// Twice if need be: a Redis that was slow for a moment must not hide what is wrong with it.
Result<Reply> ask(Client& client, const Command& command) {
  Result<Reply> answer = ask_once(client, command);
  if (answer.has_value()) return answer;
  std::this_thread::sleep_for(asked_again_after);
  return ask_once(client, command);
}

std::optional<std::string> field_of(std::string_view info, std::string_view name) {
  const std::string line = "\n" + std::string(name) + ":";
  const std::size_t at = info.find(line);
  if (at == std::string_view::npos) return std::nullopt;
  info.remove_prefix(at + line.size());
  return std::string(info.substr(0, info.find_first_of("\r\n")));
}

std::optional<std::int64_t> number_in(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

void read_info(std::string_view info, doctor::RedisFacts& facts) {
  facts.version = field_of(info, "redis_version").value_or("");
  if (const auto enabled = number_in(field_of(info, "aof_enabled"))) {
    facts.append_only = *enabled == 1;
  }
  if (const auto status = field_of(info, "aof_last_write_status")) {
    facts.last_write_was_good = *status == "ok";
  }
  facts.eviction_policy = field_of(info, "maxmemory_policy");
  facts.memory_used = number_in(field_of(info, "used_memory"));
  facts.memory_max = number_in(field_of(info, "maxmemory"));
  facts.replicas = number_in(field_of(info, "connected_slaves"));
}

// Names and values in turn; nothing when it is not among them.
std::optional<std::string> setting_in(const Result<Reply>& reply, std::string_view name) {
  if (reply.has_error() || !reply->is(Reply::Kind::array)) return std::nullopt;
  for (std::size_t i = 0; i + 1 < reply->items.size(); i += 2) {
    if (reply->items[i].text == name) return reply->items[i + 1].text;
  }
  return std::nullopt;
}

bool is_denied(const Result<Reply>& reply) {
  return reply.has_value() && reply->is_error() && reply->text.starts_with("NOPERM");
}

void read_settings(Client& client, doctor::RedisFacts& facts) {
  const auto setting = [&](std::string_view name) {
    return ask(client, Command{"CONFIG", "GET", name});
  };
  const auto fsync = setting("appendfsync");
  facts.settings_are_hidden = is_denied(fsync);
  facts.append_fsync = setting_in(fsync, "appendfsync");
  if (facts.settings_are_hidden) return;
  facts.snapshots = setting_in(setting("save"), "save");
  facts.replicas_to_write_min =
      number_in(setting_in(setting("min-replicas-to-write"), "min-replicas-to-write"));
}

using Words = std::vector<std::string_view>;

// Whether somebody who is there to look may run it, too.
enum class Of : std::uint8_t { server, looker };

struct Try {
  Words words;
  Of whose = Of::server;
};

// What a server runs, each so that it does nothing: no event has the number 0, no sale the first
// day of 1970. Redis asks for the right to a command before it looks at anything else but the
// number of its words. PING, ROLE and SELECT are not among them: without them nobody is connected.
std::vector<Try> tries(std::string_view event, std::string_view line, std::string_view board,
                       bool is_cluster) {
  std::vector<Try> all = {
      {{"FCALL", "rushline_none", "1", event}},
      {{"FUNCTION", "LOAD", "no library"}},
      {{"FUNCTION", "LIST", "LIBRARYNAME", "rushline_none"}, Of::looker},
      {{"FUNCTION", "DELETE", "rushline_none"}},
      {{"INFO", "server"}, Of::looker},
      {{"TIME"}, Of::looker},
      {{"WAIT", "0", "1"}},
      {{"EXISTS", event}},
      {{"HGET", event, "epoch"}},
      {{"HMGET", event, "epoch"}},
      {{"HGETALL", event}},
      {{"HSET", event, "epoch", "1", "half a pair"}},
      {{"ZADD", line, "XX", "1", "nobody"}},
      {{"ZCARD", line}},
      {{"ZRANGE", line, "0", "0"}},
      {{"ZSCORE", line, "nobody"}},
      {{"ZMSCORE", line, "nobody"}},
      {{"ZREMRANGEBYSCORE", line, "1", "0"}},
      {{"ZREM", board, "nothing"}},
      {{"ZREVRANGE", board, "0", "0"}},
      {{"ZREVRANK", board, "nothing"}},
      {{"PEXPIREAT", board, "1"}},
      {{"UNLINK", board}},
      {{"PUBLISH", marks_channel(), "nothing"}},
  };
  if (is_cluster) {
    all.push_back({{"CLUSTER", "SLOTS"}, Of::looker});
    all.push_back({{"CLUSTER", "INFO"}, Of::looker});
    all.push_back({{"ASKING"}});
  }
  // Last: from then on the connection takes no other commands.
  all.push_back({{"SUBSCRIBE", marks_channel()}});
  return all;
}

std::string name_of(const Words& words) {
  const bool has_parts = words[0] == "FUNCTION" || words[0] == "CLUSTER";
  return std::string(words[0]) + (has_parts ? "|" + std::string(words[1]) : "");
}

// Those that the user may not run; none when it is there to look only: it may run nothing but what
// looking takes.
std::vector<std::string> denied_commands(Client& client, bool is_cluster, bool sees_settings) {
  const std::string event = event_key(CouponEventId{0});
  const std::string line = line_key(CouponEventId{0});
  const std::string board = daily_key(Day{});
  std::vector<std::string> denied;
  bool may_serve = false;
  for (const auto& [words, whose] : tries(event, line, board, is_cluster)) {
    if (is_denied(ask(client, Command(words)))) {
      denied.push_back(name_of(words));
    } else if (whose == Of::server) {
      may_serve = true;
    }
  }
  if (sees_settings && !may_serve) denied.clear();
  return denied;
}

std::optional<milliseconds> clock_ahead(Client& client, const Clock& clock) {
  const Timestamp before = clock.now();
  const auto reply = ask(client, Command{"TIME"});
  const Timestamp here = before + (clock.now() - before) / 2;
  if (reply.has_error() || reply->items.size() != 2) return std::nullopt;
  const auto seconds = number_in(reply->items[0].text);
  const auto more = number_in(reply->items[1].text);
  if (!seconds || !more) return std::nullopt;
  const auto there = std::chrono::seconds(*seconds) + microseconds(*more);
  return std::chrono::round<milliseconds>(there - here.time_since_epoch());
}

std::optional<bool> has_functions(Client& client) {
  const auto list = ask(client, Command{"FUNCTION", "LIST", "LIBRARYNAME", "rushline_v*"});
  if (list.has_error() || !list->is(Reply::Kind::array)) return std::nullopt;
  return !list->items.empty();
}

}  // namespace

doctor::RedisFacts look_at(Client& client, const Clock& clock) {
  doctor::RedisFacts facts;
  const auto info = ask(client, Command{"INFO"});
  if (info.has_error()) {
    facts.unreachable = info.error().detail;
    return facts;
  }
  if (info->is(Reply::Kind::text)) read_info("\n" + info->text, facts);
  const auto user = ask(client, Command{"ACL", "WHOAMI"});
  if (user.has_value() && user->is(Reply::Kind::text)) facts.user = user->text;
  read_settings(client, facts);
  facts.has_functions = has_functions(client);
  facts.clock_ahead = clock_ahead(client, clock);
  const bool is_cluster = field_of("\n" + info->text, "cluster_enabled") == "1";
  facts.denied = denied_commands(client, is_cluster, !facts.settings_are_hidden);
  return facts;
}

}  // namespace rushline::redis
