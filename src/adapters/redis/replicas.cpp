// Lines such as slave0:ip=10.0.0.2,port=6379,state=online,offset=4242,lag=1
#include "adapters/redis/replicas.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/redis/keys.hpp"

namespace rushline::redis {
namespace {

// What stands behind `name` up to one of `ends`; nothing without it.
std::optional<std::string_view> value_of(std::string_view text, std::string_view name,
                                         std::string_view ends) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + name.size());
  return text.substr(0, text.find_first_of(ends));
}

}  // namespace

std::optional<Replicas> replicas_in(std::string_view info) {
  if (value_of(info, "role:", "\r\n") != "master") return std::nullopt;
  Replicas replicas;
  while (!info.empty()) {
    const std::string_view line = info.substr(0, info.find('\n'));
    info.remove_prefix(std::min(info.size(), line.size() + 1));
    if (!line.starts_with("slave") || value_of(line, ",state=", ",\r") != "online") continue;
    ++replicas.online;
    const std::string_view lag = value_of(line, ",lag=", ",\r").value_or("");
    std::int64_t seconds = 0;
    std::from_chars(lag.data(), lag.data() + lag.size(), seconds);
    replicas.lag = std::max(replicas.lag, std::chrono::seconds{seconds});
  }
  return replicas;
}

void ask_for_replicas(Client& client, Callback<void(const std::optional<Replicas>&)> done) {
  client.send(daily_key(Day{}), Command{"INFO", "replication"},
              [done = std::move(done)](Result<Reply> reply) mutable {
                if (reply.has_error() || !reply->is(Reply::Kind::text)) return done(std::nullopt);
                done(replicas_in(reply->text));
              });
}

}  // namespace rushline::redis
