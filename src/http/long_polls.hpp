// Requests that wait for news of a coupon event (?wait=).
//
// Each is a question that is asked of the database again when this server did something with its
// event (Admission::version moved), at most every limits::stream_interval, at least every
// limits::state_age_max, and a last time when its wait is over. All questions of an event and loop
// that are due share one unit of work.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/callback.hpp"
#include "core/database.hpp"
#include "core/ids.hpp"
#include "core/limits.hpp"
#include "core/time.hpp"
#include "http/loop.hpp"
#include "http/responder.hpp"
#include "http/user_places.hpp"

namespace rushline::http {

// What somebody wants to know. Owns what it needs: the request may end before it.
class Question {
 public:
  virtual ~Question() = default;

  // Before each asking, on the loop's thread: finds out what must be known before the database is
  // read, then calls `ready`, once, on any thread. `last` as in ask().
  virtual void prepare(bool /*last*/, Callback<void()> ready) { ready(); }
  // On a database thread. Nothing = there is no news yet; `last`: an answer must be given.
  virtual Result<std::optional<Reply>> ask(Transaction& transaction, bool last) = 0;
};

class LongPolls {
 public:
  using Version = std::function<std::uint64_t(CouponEventId)>;  // Admission::version

  // Must be made before the server listens. `ending`: waits end early (the server drains). The
  // loops, the database and both functions must outlive it.
  LongPolls(std::vector<Loop*> loops, Database& database, Version version,
            std::function<bool()> ending);
  ~LongPolls();

  // Answers `request` with what the question gives, at the latest after `wait`. More than
  // limits::long_polls_max at once, and more of one shopper than limits::watches_per_user_max, do
  // not wait. Loop thread only, while the handler runs.
  void start(const Request& request, Responder responder, CouponEventId event,
             std::chrono::seconds wait, std::unique_ptr<Question> question);

  // How many wait. Any thread.
  std::int64_t waiting() const;

 private:
  struct Poll;
  struct Batch;
  struct Desk;

  void sweep(Desk& desk, Monotonic now);
  void ask(std::vector<std::shared_ptr<Poll>> polls, Monotonic now);
  void ask_database(std::shared_ptr<Batch> batch);

  Database& database_;            // constant
  Version version_;               // constant
  std::function<bool()> ending_;  // constant
  UserPlaces places_{limits::watches_per_user_max};
  std::vector<std::unique_ptr<Desk>> desks_;  // constant; each is loop-only
};

}  // namespace rushline::http
