// One desk per loop holds the polls of that loop and looks at them on every sweep.
#include "http/long_polls.hpp"

#include <algorithm>
#include <atomic>
#include <map>

#include "core/limits.hpp"
#include "http/answers.hpp"

namespace rushline::http {

// Shared between its desk and the unit of work that asks: whichever is done last lets it go.
struct LongPolls::Poll {
  Poll(Responder asked_by, RequestId request, CouponEventId of, Monotonic until,
       std::unique_ptr<Question> asked)
      : responder(asked_by), id(request), event(of), deadline(until), question(std::move(asked)) {}

  Responder responder;                 // constant
  RequestId id;                        // constant
  CouponEventId event;                 // constant
  Monotonic deadline;                  // constant
  std::unique_ptr<Question> question;  // whose turn it is: `asking`
  std::atomic<bool> asking = false;    // true from submitting the unit until it is told
  Monotonic asked_at{};                // loop-only
  std::uint64_t asked_version = 0;     // loop-only
  bool last = false;                   // set before `asking`
  UserPlaces::Place place;             // its own until it is answered; whose turn it is: `asking`
};

struct LongPolls::Desk {
  std::vector<std::shared_ptr<Poll>> polls;  // loop-only
  std::atomic<std::int64_t> waiting = 0;     // their number, for everybody; as of the last sweep
};

// The polls of one unit of work and what each is answered.
struct LongPolls::Batch {
  std::vector<std::shared_ptr<Poll>> polls;
  std::vector<std::optional<Reply>> replies;
  std::atomic<std::size_t> unprepared = 0;

  void ask(Transaction& transaction) {
    replies.assign(polls.size(), std::nullopt);
    for (std::size_t i = 0; i < polls.size(); ++i) {
      auto answer = polls[i]->question->ask(transaction, polls[i]->last);
      replies[i] = answer.has_error() ? problem(answer.error(), polls[i]->id) : std::move(*answer);
    }
  }

  void tell(const Result<bool>& outcome) {
    const bool is_too_busy = outcome.has_error() && outcome.error().code == Errc::overloaded;
    for (std::size_t i = 0; i < polls.size(); ++i) {
      Poll& poll = *polls[i];
      // Who may still wait is asked for again by a later sweep.
      if (outcome.has_error() && (poll.last || !is_too_busy)) {
        poll.place.give_back();
        poll.responder.send(problem(outcome.error(), poll.id));
      } else if (outcome.has_value() && replies[i]) {
        poll.place.give_back();
        poll.responder.send(std::move(*replies[i]));
      }
      polls[i]->asking.store(false, std::memory_order_release);
    }
  }
};

LongPolls::LongPolls(std::vector<Loop*> loops, Database& database, Version version,
                     std::function<bool()> ending)
    : database_(database), version_(std::move(version)), ending_(std::move(ending)) {
  for (Loop* loop : loops) {
    Desk& desk = *desks_.emplace_back(std::make_unique<Desk>());
    loop->on_sweep([this, &desk](Monotonic now) { sweep(desk, now); });
  }
}

LongPolls::~LongPolls() = default;

void LongPolls::start(const Request& request, Responder responder, CouponEventId event,
                      std::chrono::seconds wait, std::unique_ptr<Question> question) {
  responder.answer_by(request.arrived + wait + limits::answer_time_max, database_too_slow());
  Desk& desk = *desks_[responder.loop().index()];
  if (desk.polls.size() >= limits::long_polls_max / desks_.size()) wait = {};
  std::optional<UserPlaces::Place> place;
  if (wait > wait.zero()) place = places_.take(request.caller->user);
  if (!place) wait = {};
  auto poll = std::make_shared<Poll>(responder, request.id, event, request.arrived + wait,
                                     std::move(question));
  poll->last = wait == wait.zero();
  if (place) poll->place = *std::move(place);
  if (!poll->last) desk.polls.push_back(poll);
  ask({std::move(poll)}, request.arrived);
}

std::int64_t LongPolls::waiting() const {
  std::int64_t waiting = 0;
  for (const auto& desk : desks_) waiting += desk->waiting.load(std::memory_order_relaxed);
  return waiting;
}

void LongPolls::sweep(Desk& desk, Monotonic now) {
  std::erase_if(desk.polls, [](const auto& poll) {
    return !poll->asking.load(std::memory_order_acquire) && !poll->responder.is_waiting();
  });
  desk.waiting.store(std::ssize(desk.polls), std::memory_order_relaxed);
  if (desk.polls.empty()) return;
  const bool ending = ending_();
  std::map<CouponEventId, std::vector<std::shared_ptr<Poll>>> due;
  for (const auto& poll : desk.polls) {
    if (poll->last || poll->asking.load(std::memory_order_acquire)) continue;
    const auto age = now - poll->asked_at;
    poll->last = ending || now >= poll->deadline;
    if (poll->last || age >= limits::state_age_max ||
        (age >= limits::stream_interval && version_(poll->event) != poll->asked_version)) {
      due[poll->event].push_back(poll);
    }
  }
  for (auto& [event, polls] : due) ask(std::move(polls), now);
}

// All polls are prepared, each in its own time; the last one to be ready asks for all.
void LongPolls::ask(std::vector<std::shared_ptr<Poll>> polls, Monotonic now) {
  const std::uint64_t version = version_(polls.front()->event);
  // Shared by those who are being prepared, then by the two halves of the unit.
  auto batch = std::make_shared<Batch>();
  batch->polls = std::move(polls);
  batch->unprepared = batch->polls.size();
  for (std::size_t i = 0; i < batch->polls.size(); ++i) {
    Poll& poll = *batch->polls[i];
    poll.asked_at = now;
    poll.asked_version = version;
    poll.asking.store(true, std::memory_order_release);
  }
  for (std::size_t i = 0; i < batch->polls.size(); ++i) {
    const Poll& poll = *batch->polls[i];
    poll.question->prepare(poll.last, [this, batch] {
      if (--batch->unprepared == 0) ask_database(batch);
    });
  }
}

void LongPolls::ask_database(std::shared_ptr<Batch> batch) {
  database_.read(
      [batch](Transaction& transaction) -> Result<bool> {
        batch->ask(transaction);
        return true;
      },
      [batch](const Result<bool>& outcome) { batch->tell(outcome); });
}

}  // namespace rushline::http
