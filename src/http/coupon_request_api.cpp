// The two ways to ask (and wait; or leave), the keyed way, and the question for the state.
#include "http/coupon_request_api.hpp"

#include "core/assert.hpp"
#include "coupons/settle.hpp"
#include "http/coupon_json.hpp"
#include "http/json_input.hpp"
#include "http/prefer.hpp"
#include "http/query_input.hpp"

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

// What became of one user's request.
class StateQuestion final : public Question {
 public:
  StateQuestion(coupons::EventService& events, const coupons::Admission& admission,
                CouponEventId event, const UserId& user)
      : events_(events), admission_(admission), event_(event), user_(user) {}

  // Before the database is read: one who waited then and is decided now is found there.
  void prepare() override { waited_ = admission_.is_waiting(event_, user_); }

  Result<std::optional<Reply>> ask(Transaction& transaction, bool last) override {
    using State = coupons::RequestView::State;
    const auto found = events_.request_of(transaction, event_, user_);
    if (found.has_error()) return found.error();
    Reply reply;
    if (found->state == State::issued) {
      append_issued(reply.body, *found->holder);
    } else if (found->state == State::sold_out) {
      reply.body = sold_out_state;
    } else if (last) {
      reply.body = waited_ ? queued_state : no_state;
    } else {
      return std::optional<Reply>();
    }
    return std::optional<Reply>(std::move(reply));
  }

 private:
  coupons::EventService& events_;        // constant
  const coupons::Admission& admission_;  // constant
  CouponEventId event_;                  // constant
  UserId user_;                          // constant
  bool waited_ = false;
};

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

CouponRequestApi::CouponRequestApi(std::vector<Loop*> loops, Database& database,
                                   coupons::CouponStore& store, coupons::EventService& events,
                                   coupons::Admission& admission, const ShopCalendar& calendar,
                                   KeyedWrites& writes, LongPolls& polls,
                                   std::chrono::milliseconds verdict_wait)
    : database_(database),
      store_(store),
      events_(events),
      admission_(admission),
      calendar_(calendar),
      writes_(writes),
      polls_(polls),
      verdict_wait_(verdict_wait),
      silence_(std::make_unique<Silence>()) {
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
  Preference preference;
  if (request.has(Header::prefer)) preference = parse_prefer(request.header(Header::prefer));
  const std::chrono::milliseconds wait =
      preference.wait ? *preference.wait
                      : (preference.respond_async ? std::chrono::milliseconds(0) : verdict_wait_);
  if (request.has(Header::idempotency_key)) {
    request_once(request, responder, *event, *user);
    responder.answer_by(request.arrived + wait, *this);
    return;
  }
  if (wait == wait.zero()) return request_and_leave(request, responder, *event, *user);
  request_and_wait(request, responder, *event, *user, wait);
}

void CouponRequestApi::request_and_wait(const Request& request, Responder responder,
                                        CouponEventId event, const UserId& user,
                                        std::chrono::milliseconds wait) {
  Desk& desk = *desks_[responder.loop().index()];
  const std::uint64_t token = desk.leave(responder, request.id, event, user);
  if (const auto answer = admission_.request(event, user, desk, token)) {
    desk.take_back(token);
    desk.answer_now(responder, request.id, event, user, *answer);
    return;
  }
  responder.answer_by(request.arrived + wait, *this);
}

Reply CouponRequestApi::late(const Request& request) {
  const auto event = parse_number_id<CouponEventId>(request.arguments[0]);
  auto user = read_user_quickly(request.body);
  if (!user) {
    JsonInput input;
    user = read_user(input, request.body);
  }
  RUSHLINE_ASSERT(event.has_value());  // request() has read the same before
  return queued_reply(*event, *user);
}

// Nothing is waited for but what can be told for certain: who is not yet decided is 202.
void CouponRequestApi::request_and_leave(const Request& request, Responder responder,
                                         CouponEventId event, const UserId& user) {
  read_and_answer(
      database_, request, responder,
      [this, event, user](Transaction& transaction) -> Result<std::optional<Answer>> {
        auto view = events_.get(transaction, event);
        if (view.has_error()) return view.error();
        auto found = events_.request_of(transaction, event, user);
        if (found.has_error()) return found.error();
        return decided_answer(*view, *found);
      },
      [this, event, user, id = request.id](std::optional<Answer>& decided) {
        if (!decided) decided = admission_.request(event, user, *silence_, 0);
        return decided ? answer_reply(*decided, event, user, id) : queued_reply(event, user);
      });
}

void CouponRequestApi::request_once(const Request& request, Responder responder,
                                    CouponEventId event, const UserId& user) {
  std::string canonical = R"({"user_id":")";
  canonical.append(user.view()).append("\"}");
  writes_.write_and_answer(
      request, responder, KeyRule::optional, canonical,
      [this, event, user](Transaction& transaction) -> Result<Answer> {
        auto settled = settle_direct(transaction, store_, calendar_, event, std::span(&user, 1));
        if (settled.has_error()) return settled.error();
        const coupons::Settled& answer = settled->answers.front();
        if (answer.outcome == coupons::Outcome::issued) {
          transaction.after_commit([this, event] { admission_.event_changed(event); });
        }
        return Answer{.error = std::nullopt, .settled = answer};
      },
      [event, user, id = request.id](const Answer& answer) {
        return answer_reply(answer, event, user, id);
      });
}

void CouponRequestApi::state(const Request& request, Responder responder) {
  const auto event = parse_number_id<CouponEventId>(request.arguments[0]);
  if (!event) return refuse_unknown(request, responder, "coupon event");
  const auto user = UserId::parse(request.arguments[1]);
  if (!user) return refuse_unknown(request, responder, "user");
  QueryInput query(request.query);
  const auto wait = query.wait();
  if (const auto error = query.error()) return refuse(request, responder, *error);
  polls_.start(request, responder, *event, wait,
               std::make_unique<StateQuestion>(events_, admission_, *event, *user));
}

}  // namespace rushline::http
