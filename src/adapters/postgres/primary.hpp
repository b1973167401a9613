// What a process knows of the PostgreSQL server that takes its writes, over all of its sessions.
//
// A commit is told only when a failover cannot take it back. The server sees to that by waiting for
// its standbys, but three ways lead around it: a wait that was cancelled, a session that was ended
// in the wait, and a restart, after which a commit that was waited for is simply there. So what can
// be read may still be lost. Since standbys take the log in order, one commit whose wait went well
// proves that everything before it is kept, too: it *confirms*. Until then there is *doubt*, and
// nothing that was read is told.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>

#include "adapters/postgres/address.hpp"
#include "core/time.hpp"

namespace rushline::postgres {

// What its settings say of commits that were told, as a session sees them.
struct Durability {
  bool names_standbys = true;   // synchronous_standby_names is not empty
  bool waits_for_them = true;   // synchronous_commit is not local
  bool flushes_to_disk = true;  // fsync is on
};

// What the first statement of a transaction tells of the server that it runs on.
struct Sighting {
  std::int64_t backend = 0;   // its process id
  std::int64_t timeline = 0;  // rises with every promotion; 0: a standby
  Durability durability;
};

struct PrimaryState {
  std::int64_t hosts = 0;        // in the address
  std::int64_t connects = 0;     // since the start
  std::int64_t unconfirmed = 0;  // commits since the start of which it was not known at once
  bool in_doubt = false;
  bool hangs = false;     // commits take longer than they should: no standby confirms
  Durability durability;  // as last seen; safe before
};

// Safe to call from any thread.
class Primary {
 public:
  explicit Primary(const Address& address) : host_count_(address.hosts().size()) {}

  // Doubt: take the count before the commit that shall confirm is sent; when its wait went well,
  // everything up to that count is kept.
  std::uint64_t doubts() const { return doubts_; }
  bool in_doubt() const { return cleared_ < doubts_; }
  void raise_doubt();
  void confirm(std::uint64_t doubts);

  // False for a server that was replaced: another of a later timeline has been seen. It may still
  // run, answer, and believe that it is the one.
  bool is_current(std::int64_t timeline);

  // Which host of the address is to be tried first: the last that was good.
  std::size_t first_host() const { return first_host_; }
  void connected(std::size_t host);
  void avoid(std::size_t host);
  // Rises whenever a session was opened: then whoever was refused before may try again at once.
  std::int64_t connects() const { return connects_; }

  // A server gave no answer to one session: those that were opened before are not tried again.
  void fell_silent() { ++silences_; }
  std::uint64_t silences() const { return silences_; }

  // A commit was given up waiting for. It may still be under way there, and each further one would
  // be left behind like it: so before the next, somebody looks (once per interval) whether commits
  // still wait for a standby.
  void commit_hangs();
  bool hangs() const { return hangs_; }
  bool begin_hang_look(Monotonic now);
  // Whoever ended the wait, a standby or an operator, the commits can be seen now.
  void hang_is_over();

  // Around each COMMIT, with the moment at which it was sent.
  void commit_begins(Monotonic begun);
  void commit_ends(Monotonic begun);

  void note(const Durability& durability);
  PrimaryState state(Monotonic now) const;

 private:
  const std::size_t host_count_;
  std::atomic<std::uint64_t> doubts_ = 0;
  std::atomic<std::uint64_t> cleared_ = 0;
  std::atomic<std::int64_t> newest_timeline_ = 0;
  std::atomic<std::size_t> first_host_ = 0;
  std::atomic<std::int64_t> connects_ = 0;
  std::atomic<std::int64_t> unconfirmed_ = 0;
  std::atomic<std::uint64_t> silences_ = 0;
  std::atomic<bool> hangs_ = false;
  mutable std::mutex mutex_;
  Monotonic next_hang_look_{};                  // guarded by mutex_
  std::multiset<Monotonic> commits_under_way_;  // guarded by mutex_
  Durability durability_;                       // guarded by mutex_
};

}  // namespace rushline::postgres
