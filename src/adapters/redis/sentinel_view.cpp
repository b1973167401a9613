// Patience with a Sentinel, and the reading of what it says.
#include "adapters/redis/sentinel_view.hpp"

#include <utility>

#include "adapters/redis/endpoint_in_reply.hpp"
#include "core/limits.hpp"

namespace rushline::redis {
namespace {

// Host and port of an entry of SENTINEL SENTINELS: names and values in turn.
std::optional<Endpoint> endpoint_of(const Reply& entry) {
  std::string_view host;
  std::string_view port;
  for (std::size_t i = 0; i + 1 < entry.items.size(); i += 2) {
    if (entry.items[i].text == "ip") host = entry.items[i + 1].text;
    if (entry.items[i].text == "port") port = entry.items[i + 1].text;
  }
  return endpoint_in(host, port);
}

}  // namespace

bool SentinelView::is_ask_due(Monotonic now) const {
  if (!asked_at_) return true;
  const auto interval =
      is_there_ ? limits::sentinel_ask_interval : limits::sentinel_ask_interval_away;
  return now - *asked_at_ >= interval;
}

void SentinelView::asked(Monotonic now) { asked_at_ = now; }

void SentinelView::told_primary(const Endpoint& sentinel, const Reply& reply, Monotonic now) {
  const auto named = reply.items.size() == 2 ? endpoint_in(reply.items[0].text, reply.items[1].text)
                                             : std::nullopt;
  if (!named) return ring_.failed(sentinel, now);
  ring_.succeeded();
  if (named != primary_) {
    primary_ = named;
    is_there_ = false;
    patient_until_ = now + limits::sentinel_patience;
  } else if (!is_there_ && now >= patient_until_) {
    ring_.failed(sentinel, now);
    patient_until_ = now + limits::sentinel_patience;
  }
}

void SentinelView::told_sentinels(const Reply& reply) {
  if (!reply.is(Reply::Kind::array)) return;
  std::vector<Endpoint> others;
  for (const Reply& entry : reply.items) {
    if (others.size() == limits::redis_endpoints_max) break;
    if (auto other = endpoint_of(entry)) others.push_back(*std::move(other));
  }
  ring_.learn(others);
}

void SentinelView::heard_switch(std::string_view message, std::string_view name) {
  if (message.substr(0, message.find(' ')) == name) asked_at_.reset();
}

void SentinelView::primary_is_away(Monotonic now) {
  if (!std::exchange(is_there_, false)) return;
  patient_until_ = now + limits::sentinel_patience;
  asked_at_.reset();
}

}  // namespace rushline::redis
