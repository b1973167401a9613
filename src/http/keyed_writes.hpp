// Writes, each at most once per Idempotency-Key: the first answer is kept in the very commit of
// what it tells, and given again to whoever repeats the request.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/callback.hpp"
#include "core/database.hpp"
#include "core/idempotency_store.hpp"
#include "http/answers.hpp"
#include "http/query_input.hpp"

namespace rushline::http {

enum class KeyRule : std::uint8_t {
  ignored,           // the call is harmless to repeat as it is
  optional,          // kept for limits::idempotency_key_time
  required_for_ever  // Errc::idempotency_key_missing without; what was done is kept for ever
};

// What is wrong with the key, or with its absence. For calls that must say so before they look at
// the body; write_and_answer() asks by itself.
std::optional<Error> refusal_of_key(const Request& request, KeyRule rule);

// The keys whose first request is still running on this server. Safe to call from any thread.
class RunningKeys {
 public:
  // While it lives, the key runs. Movable; must not outlive the RunningKeys.
  class Run {
   public:
    Run() = default;
    Run(Run&& other) noexcept
        : keys_(std::exchange(other.keys_, nullptr)), word_(std::move(other.word_)) {}
    Run& operator=(Run&&) = delete;
    ~Run() { end(); }
    void end();

   private:
    friend class RunningKeys;
    Run(RunningKeys& keys, std::string word) : keys_(&keys), word_(std::move(word)) {}

    RunningKeys* keys_ = nullptr;
    std::string word_;
  };

  // Nothing when it runs already.
  std::optional<Run> start(std::string_view scope, std::string_view key);

 private:
  std::mutex mutex_;
  std::unordered_set<std::string> running_;  // guarded by mutex_
};

// One keyed request, as it travels to the database.
struct KeyedRequest {
  std::string scope;  // the caller's name
  std::string key;
  std::string fingerprint;  // of method, path and body
  bool kept_for_ever = false;
  RequestId id;
};

// The hexadecimal SHA-256 of what makes a request the same request.
std::string fingerprint_of(std::string_view method, std::string_view path, std::string_view body);

// Inside of one unit of work: the kept answer, or that of `work`, which is kept with it. What was
// refused for good (4xx) is kept too, for limits::idempotency_key_time at any rate, and undoes what
// `work` wrote; 429 and 503 never are.
// Errc::idempotency_key_reused.
Result<Reply> answer_once(Transaction& transaction, IdempotencyStore& store,
                          const KeyedRequest& request, Callback<Result<Reply>(Transaction&)>& work);

// Safe to call from any thread.
class KeyedWrites {
 public:
  KeyedWrites(Database& database, IdempotencyStore& store) : database_(database), store_(store) {}

  // Runs `run` (Result<T>(Transaction&), may be run again) on the writer and answers with `render`
  // (Reply(T&), on a database thread) once it is committed. Both must own what they need.
  // `body` is the canonical body. 422 for a key that cannot be one, 409 while the first request
  // with the key runs.
  // `settle_down` is called after the commit with what sends the answer, and calls it, once, when
  // the change has reached everything that must know of it before it is told.
  using SettleDown = Callback<void(Callback<void()> tell)>;
  template <class Run, class Render>
  void write_and_answer(const Request& request, Responder responder, KeyRule rule,
                        std::string_view body, Run run, Render render,
                        SettleDown settle_down = {}) {
    if (const auto error = refusal_of_any(request.query)) {
      return refuse(request, responder, *error);
    }
    responder.answer_by(request.arrived + limits::answer_time_max, database_too_slow());
    if (rule == KeyRule::ignored ||
        (rule == KeyRule::optional && !request.has(Header::idempotency_key))) {
      database_.write(std::move(run), [responder, id = request.id, render = std::move(render),
                                       settle_down = std::move(settle_down)](auto outcome) mutable {
        if (outcome.has_error()) return responder.send(problem(outcome.error(), id));
        send_settled(settle_down, responder, render(*outcome));
      });
      return;
    }
    write_once(
        request, responder, rule, body,
        [run = std::move(run),
         render = std::move(render)](Transaction& transaction) mutable -> Result<Reply> {
          auto outcome = run(transaction);
          if (outcome.has_error()) return outcome.error();
          return render(*outcome);
        },
        std::move(settle_down));
  }

  // The same for an answer that is found outside of this class's transactions: unless there is a
  // kept one, `find` is called on a database thread with what to call, once, with the answer, on
  // any thread. What it does must be harmless to repeat: the answer is kept after it. 202, 429 and
  // 5xx are not kept. Sets no deadline.
  using Found = Callback<void(Reply)>;
  void find_and_answer(const Request& request, Responder responder, std::string_view body,
                       Callback<void(Found)> find);

 private:
  struct Search;

  void keep_and_answer(const std::shared_ptr<Search>& search, Reply reply);
  std::optional<std::pair<KeyedRequest, RunningKeys::Run>> begin(const Request& request,
                                                                 Responder responder, KeyRule rule,
                                                                 std::string_view body);
  void write_once(const Request& request, Responder responder, KeyRule rule, std::string_view body,
                  Callback<Result<Reply>(Transaction&)> work, SettleDown settle_down);
  static void send_settled(SettleDown& settle_down, Responder responder, Reply reply);

  Database& database_;       // constant
  IdempotencyStore& store_;  // constant
  RunningKeys running_;
};

}  // namespace rushline::http
