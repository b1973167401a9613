// What is known through the Sentinels: which of them to ask next, which primary they name, and when
// to ask again. Without I/O.
//
// A Sentinel may be wrong for a while: it names the old primary until the others have agreed on a
// new one, or because it was cut off. So what it names is only where to try: the server there must
// say by itself that it is a primary, and while it does not, another Sentinel is asked.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/redis/endpoint_ring.hpp"
#include "adapters/redis/reply.hpp"

namespace rushline::redis {

// Used by one thread.
class SentinelView {
 public:
  // `sentinels`: at least one.
  explicit SentinelView(std::vector<Endpoint> sentinels) : ring_(std::move(sentinels)) {}

  // The Sentinel to be connected to; nothing after none of them could be asked a moment ago.
  const Endpoint* sentinel(Monotonic now) const { return ring_.current(now); }
  // `sentinel` could not be reached, did not answer in time, or was lost.
  void sentinel_failed(const Endpoint& sentinel, Monotonic now) { ring_.failed(sentinel, now); }

  // Whether to ask `sentinel()` for the primary: every limits::sentinel_ask_interval, more often
  // while the primary is away, at once after a message that it was replaced.
  bool is_ask_due(Monotonic now) const;
  void asked(Monotonic now);
  // What `sentinel` answered to SENTINEL GET-MASTER-ADDR-BY-NAME. One that does not know the
  // primary, or that has named the one that is away for limits::sentinel_patience, gives the turn
  // to the next.
  void told_primary(const Endpoint& sentinel, const Reply& reply, Monotonic now);
  // What one answered to SENTINEL SENTINELS: who else may be asked.
  void told_sentinels(const Reply& reply);
  // What one says to all who listen: "NAME OLD-HOST OLD-PORT NEW-HOST NEW-PORT". Of other primaries
  // than `name` nothing is learned.
  void heard_switch(std::string_view message, std::string_view name);

  // The one that was named last; nothing until then.
  const std::optional<Endpoint>& primary() const { return primary_; }
  // Whether the server there answers, and says that it is one. Repeating is harmless.
  void primary_is_there() { is_there_ = true; }
  void primary_is_away(Monotonic now);

 private:
  EndpointRing ring_;
  std::optional<Endpoint> primary_;
  bool is_there_ = false;
  Monotonic patient_until_{};          // while the primary is away
  std::optional<Monotonic> asked_at_;  // nothing = ask at once
};

}  // namespace rushline::redis
