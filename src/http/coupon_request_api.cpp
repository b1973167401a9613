// The two ways to ask (and wait; or leave), the keyed way, and the question for the state.
#include "http/coupon_request_api.hpp"

#include <mutex>
#include <unordered_map>

#include "core/assert.hpp"
#include "core/retry_after.hpp"
#include "http/coupon_json.hpp"
#include "http/json_input.hpp"
#include "http/prefer.hpp"
#include "http/query_input.hpp"
#include "http/state_question.hpp"

namespace rushline::http {

using coupons::Answer;
using coupons::Told;

namespace {

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\r' ||
                           text.front() == '\t')) {
    text.remove_prefix(1);
  }
}

bool take(std::string_view& text, std::string_view wanted) {
  skip_blanks(text);
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(wanted.size());
  return true;
}

// The strict way; `input` tells what is wrong.
UserId read_user(JsonInput& input, std::string_view body) {
  auto object = input.parse(body);
  if (!object) return *UserId::parse("-");
  const auto user = object->id<UserId>("user_id");
  object->refuse_others();
  return user;
}

// What the database says of a request before it is made.
struct Known {
  std::optional<Answer> answer;
  coupons::Mode mode = coupons::Mode::direct;
};

std::optional<Answer> decided_answer(const coupons::EventView& view,
                                     const coupons::RequestView& request) {
  using State = coupons::RequestView::State;
  Answer answer;
  if (request.state == State::issued) {
    const coupons::Holder& holder = *request.holder;
    answer.settled = {coupons::Outcome::already_issued, holder.coupon, holder.issue_no,
                      holder.issued_at, holder.expires_at};
  } else if (request.state == State::sold_out) {
    answer.settled.outcome = coupons::Outcome::sold_out;
  } else if (view.state == coupons::EventState::closed) {
    answer.settled.outcome = coupons::Outcome::closed;
  } else if (view.state == coupons::EventState::scheduled) {
    answer.settled.outcome = coupons::Outcome::not_open;
  } else if (view.state == coupons::EventState::paused) {
    answer.settled.outcome = coupons::Outcome::paused;
  } else {
    return std::nullopt;
  }
  return answer;
}

}  // namespace

std::optional<UserId> read_user_quickly(std::string_view body) {
  if (!take(body, "{") || !take(body, R"("user_id")") || !take(body, ":") || !take(body, "\"")) {
    return std::nullopt;
  }
  const std::size_t end = body.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view word = body.substr(0, end);  // an escape is no character of an id
  body.remove_prefix(end + 1);
  if (!take(body, "}")) return std::nullopt;
  skip_blanks(body);
  if (!body.empty()) return std::nullopt;
  return UserId::parse(word);
}

// The requests of one loop that wait for their batch. Their answers come together, are carried to
// the loop by one post, and are written there.
class CouponRequestApi::Desk final : public coupons::AnswerSink {
 public:
  explicit Desk(Loop& loop) : loop_(loop) {}

  // Loop thread only, like everything here but tell().
  std::uint64_t leave(Responder responder, RequestId id, CouponEventId event, const UserId& user) {
    const Slot slot{responder.token(), id, event, user};
    if (free_.empty()) {
      slots_.push_back(slot);
      return slots_.size() - 1;
    }
    const std::size_t index = free_.back();
    free_.pop_back();
    slots_[index] = slot;
    return index;
  }
  void take_back(std::uint64_t token) { free_.push_back(token); }

  void tell(std::span<const Told> answers) override {
    loop_.post([this, told = std::vector<Told>(answers.begin(), answers.end())] {
      for (const Told& one : told) answer(one);
    });
  }

  // Without allocating, unless it is a problem.
  void answer_now(Responder responder, RequestId id, CouponEventId event, const UserId& user,
                  const Answer& answer) {
    if (!answer.error) {
      if (const auto view = verdict_view(answer.settled, event, user, body_, location_)) {
        responder.send_now(*view);
        return;
      }
    }
    responder.send(refusal_reply(answer, id));
  }

 private:
  struct Slot {
    std::uint64_t responder = 0;  // its token
    RequestId id;
    CouponEventId event;
    UserId user;
  };

  void answer(const Told& told) {
    const Slot slot = slots_[told.token];  // answering may let the next request take a slot
    free_.push_back(told.token);
    answer_now(Responder(loop_, slot.responder), slot.id, slot.event, slot.user, told.answer);
  }

  Loop& loop_;  // constant
  std::vector<Slot> slots_;
  std::vector<std::uint64_t> free_;
  std::string body_;      // reused
  std::string location_;  // reused
};

// For requests that nobody waits for any more.
class CouponRequestApi::Silence final : public coupons::AnswerSink {
 public:
  void tell(std::span<const Told>) override {}
};

// The requests with an Idempotency-Key, of all loops: their answers are kept before they are told.
class CouponRequestApi::KeyedDesk final : public coupons::AnswerSink {
 public:
  using Done = Callback<void(const Answer&)>;

  std::uint64_t leave(Done done) {
    const std::scoped_lock lock(mutex_);
    waiting_.emplace(++last_, std::move(done));
    return last_;
  }
  Done take_back(std::uint64_t token) {
    const std::scoped_lock lock(mutex_);
    return std::move(waiting_.extract(token).mapped());
  }
  void tell(std::span<const Told> answers) override {
    for (const Told& told : answers) take_back(told.token)(told.answer);
  }

 private:
  std::mutex mutex_;
  std::uint64_t last_ = 0;                           // guarded by mutex_
  std::unordered_map<std::uint64_t, Done> waiting_;  // guarded by mutex_
};

CouponRequestApi::CouponRequestApi(std::vector<Loop*> loops, Database& database,
                                   coupons::EventService& events, coupons::Admission& admission,
                                   KeyedWrites& writes, LongPolls& polls, RateLimits& rates,
                                   std::chrono::milliseconds verdict_wait)
    : database_(database),
      events_(events),
      admission_(admission),
      writes_(writes),
      polls_(polls),
      rates_(rates),
      verdict_wait_(verdict_wait),
      silence_(std::make_unique<Silence>()),
      keyed_desk_(std::make_unique<KeyedDesk>()) {
  for (Loop* loop : loops) desks_.push_back(std::make_unique<Desk>(*loop));
}

CouponRequestApi::~CouponRequestApi() = default;

void CouponRequestApi::request(const Request& request, Responder responder) {
  const auto event = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!event) return refuse_unknown(request, responder, "coupon event");
  if (const auto error = refusal_of_any(request.query)) return refuse(request, responder, *error);
  auto user = read_user_quickly(request.body);
  if (!user) {
    JsonInput input;
    user = read_user(input, request.body);
    if (const auto error = input.error()) return refuse(request, responder, *error);
  }
  if (refuse_others_user(request, responder, *user)) return;
  if (refuse_too_fast(request, responder, *user)) return;
  Preference preference;
  if (request.has(Header::prefer)) preference = parse_prefer(request.header(Header::prefer));
  const std::chrono::milliseconds wait =
      preference.wait ? *preference.wait
                      : (preference.respond_async ? std::chrono::milliseconds(0) : verdict_wait_);
  if (request.has(Header::idempotency_key)) {
    responder.answer_by(request.arrived + wait, *this);
    return request_once(request, responder, *event, *user);
  }
  if (wait == wait.zero()) return request_and_leave(request, responder, *event, *user);
  responder.answer_by(request.arrived + wait, *this);
  request_and_wait(responder, request.id, *event, *user, coupons::Until::verdict);
}

// True, and 429 is answered, when a key asks for this user more often than the user may. A
// shopper's own requests are counted before (http/dispatch.cpp).
bool CouponRequestApi::refuse_too_fast(const Request& request, Responder responder,
                                       const UserId& user) {
  if (request.rates == nullptr || request.caller->user) return false;
  if (rates_.take_one(user, request.arrived, *request.rates)) return false;
  responder.send(too_fast(*request.rates, request.id));
  return true;
}

void CouponRequestApi::request_and_wait(Responder responder, RequestId id, CouponEventId event,
                                        const UserId& user, coupons::Until until) {
  Desk& desk = *desks_[responder.loop().index()];
  const std::uint64_t token = desk.leave(responder, id, event, user);
  if (const auto answer = admission_.request(event, user, desk, token, until)) {
    desk.take_back(token);
    desk.answer_now(responder, id, event, user, *answer);
  }
}

Reply CouponRequestApi::late(const Request& request) {
  const auto event = parse_number_id<CouponEventId>(request.arguments[0]);
  auto user = read_user_quickly(request.body);
  if (!user) {
    JsonInput input;
    user = read_user(input, request.body);
  }
  RUSHLINE_ASSERT(event.has_value());  // request() has read the same before
  return queued_reply(*event, *user, admission_.position(*event, *user),
                      retry_after_s(admission_.expected_wait(*event), request.id.value));
}

// Nothing is waited for but what can be told for certain: a verdict that stands already, or the
// place in line. In direct mode there are no places: who is not yet decided is 202.
void CouponRequestApi::request_and_leave(const Request& request, Responder responder,
                                         CouponEventId event, const UserId& user) {
  responder.answer_by(request.arrived + limits::answer_time_max, database_too_slow());
  database_.read(
      [this, event, user](Transaction& transaction) -> Result<Known> {
        auto view = events_.get(transaction, event);
        if (view.has_error()) return view.error();
        auto found = events_.request_of(transaction, event, user);
        if (found.has_error()) return found.error();
        return Known{decided_answer(*view, *found), view->event.mode};
      },
      [this, responder, event, user, id = request.id](const Result<Known>& known) {
        if (known.has_error()) return responder.send(problem(known.error(), id));
        if (known->answer) return responder.send(answer_reply(*known->answer, event, user, id));
        if (known->mode == coupons::Mode::redis) {
          responder.loop().post([this, responder, id, event, user] {
            request_and_wait(responder, id, event, user, coupons::Until::place);
          });
          return;
        }
        const auto answer = admission_.request(event, user, *silence_, 0);
        responder.send(
            answer ? answer_reply(*answer, event, user, id)
                   : queued_reply(event, user, std::nullopt,
                                  retry_after_s(admission_.expected_wait(event), id.value)));
      });
}

// Goes the way of every request. The answer is kept once it is known; the key of one who dies
// between the two is found unused, and asking again gives the same coupon.
void CouponRequestApi::request_once(const Request& request, Responder responder,
                                    CouponEventId event, const UserId& user) {
  std::string canonical = R"({"user_id":")";
  canonical.append(user.view()).append("\"}");
  writes_.find_and_answer(
      request, responder, canonical,
      [this, event, user, id = request.id](KeyedWrites::Found found) {
        const std::uint64_t token = keyed_desk_->leave(
            [event, user, id, found = std::move(found)](const Answer& answer) mutable {
              found(answer_reply(answer, event, user, id));
            });
        if (const auto answer = admission_.request(event, user, *keyed_desk_, token)) {
          keyed_desk_->take_back(token)(*answer);
        }
      });
}

void CouponRequestApi::state(const Request& request, Responder responder) {
  const auto event = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!event) return refuse_unknown(request, responder, "coupon event");
  const auto user = UserId::parse(request.arguments[1]);
  if (!user) return refuse_unknown(request, responder, "user");
  if (refuse_others_user(request, responder, *user)) return;
  QueryInput query(request.query);
  const auto wait = query.wait();
  if (const auto error = query.error()) return refuse(request, responder, *error);
  polls_.start(request, responder, *event, wait,
               std::make_unique<StateQuestion>(events_, admission_, *event, *user));
}

}  // namespace rushline::http
