// Words to Redis and back; what the functions do stands in functions/1_line.lua.
#include "adapters/redis/redis_waiting_room.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>
#include <vector>

#include "adapters/redis/keys.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

using coupons::Admissions;
using coupons::Admitted;
using coupons::Fence;
using coupons::Installation;
using coupons::Place;
using coupons::Sequence;
using coupons::Taken;
using coupons::Turned;
using coupons::Window;

namespace {

// Redis keeps sequences as doubles, which are exact up to 2^53.
static_assert(((limits::epoch_max + 1) << coupons::epoch_sequence_bits) < (std::int64_t{1} << 53));

Error broken_reply() { return fail(Errc::corrupt, "Redis gave an answer that is none."); }

// Nothing unless all of `text` is one number.
std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A refusal of the functions is a status; what is no error and no status is an answer.
Result<Reply> without_refusals(Result<Reply> reply) {
  if (!reply.has_value() || !reply->is(Reply::Kind::status)) return reply;
  if (reply->text == "NOEPOCH") {
    return fail(Errc::stale_epoch, "Redis does not know this event's line.");
  }
  if (reply->text == "STALE") {
    return fail(Errc::stale_epoch, "The line in Redis is not the one that is meant.");
  }
  return broken_reply();
}

Result<void> done_or_error(Result<Reply> reply) {
  reply = without_refusals(std::move(reply));
  if (reply.has_error()) return reply.error();
  return {};
}

std::optional<Turned> turned_in(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Turned>, 5> words = {{
      {"sold_out", Turned::sold_out},
      {"closed", Turned::closed},
      {"not_open", Turned::not_open},
      {"paused", Turned::paused},
      {"full", Turned::full},
  }};
  for (const auto& [name, turned] : words) {
    if (name == word) return turned;
  }
  return std::nullopt;
}

Result<Admissions> admissions_in(Result<Reply> answer, std::size_t users) {
  const auto reply = without_refusals(std::move(answer));
  if (reply.has_error()) return reply.error();
  const auto& items = reply->items;
  if (items.size() != users + 2 || !items[1].is(Reply::Kind::integer)) return broken_reply();
  const auto turned = turned_in(items[0].text);
  if (!turned) return broken_reply();
  Admissions admissions{{}, *turned, items[1].integer};
  admissions.users.reserve(users);
  for (std::size_t i = 2; i < items.size(); ++i) {
    if (!items[i].is(Reply::Kind::integer)) return broken_reply();
    const std::int64_t place = items[i].integer;
    Admitted user{std::nullopt, place > 0};
    if (place != 0) user.place = Sequence{std::abs(place)};
    admissions.users.push_back(user);
  }
  return admissions;
}

Result<Taken> taken_in(Result<Reply> answer) {
  const auto reply = without_refusals(std::move(answer));
  if (reply.has_error()) return reply.error();
  if (reply->items.size() != 2 || !reply->items[0].is(Reply::Kind::integer)) return broken_reply();
  Taken taken{{}, reply->items[0].integer};
  const auto& words = reply->items[1].items;
  if (words.size() % 2 != 0) return broken_reply();
  taken.places.reserve(words.size() / 2);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto user = UserId::parse(words[i].text);
    const auto seq = number_in(words[i + 1].text);
    if (!user || !seq) return broken_reply();
    taken.places.push_back({*user, Sequence{*seq}});
  }
  return taken;
}

std::string text_of(Timestamp time) { return std::to_string(time.time_since_epoch().count()); }
std::string text_of(const std::optional<Timestamp>& time) {
  return time ? text_of(*time) : std::string();
}

// Key and argument texts of a call on one line.
class LineCall {
 public:
  LineCall(CouponEventId event, coupons::Epoch epoch, std::string_view replid)
      : event_(event_key(event)), line_(line_key(event)) {
    add(std::to_string(epoch.value)).add(std::string(replid));
  }
  explicit LineCall(const Fence& fence) : LineCall(fence.event, fence.epoch, fence.replid) {}

  LineCall& add(std::string text) {
    texts_.push_back(std::move(text));
    return *this;
  }
  LineCall& add(std::int64_t number) { return add(std::to_string(number)); }
  LineCall& add(const Window& window) {
    return add(text_of(window.opens_at))
        .add(text_of(window.closes_at))
        .add(std::string(window.paused ? "1" : "0"))
        .add(text_of(window.as_of));
  }

  void send(FunctionLibrary& library, std::string_view function, std::span<const UserId> users,
            Client::Done done) const {
    const std::array<std::string_view, 2> keys = {event_, line_};
    std::vector<std::string_view> arguments(texts_.begin(), texts_.end());
    arguments.reserve(arguments.size() + users.size());
    for (const UserId& user : users) arguments.push_back(user.view());
    library.call(function, keys, arguments, std::move(done));
  }

 private:
  std::string event_;
  std::string line_;
  std::vector<std::string> texts_;
};

// "17 4294967301", as trim() says it.
std::optional<std::pair<CouponEventId, Sequence>> mark_in(std::string_view message) {
  const std::size_t space = message.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto event = number_in(message.substr(0, space));
  const auto mark = number_in(message.substr(space + 1));
  if (!event || !mark) return std::nullopt;
  return std::pair(CouponEventId{*event}, Sequence{*mark});
}

}  // namespace

void RedisWaitingRoom::admit(const Fence& fence, std::span<const UserId> users,
                             Done<Admissions> done) {
  RUSHLINE_ASSERT(!users.empty() && users.size() <= limits::admit_batch_max);
  LineCall(fence).send(
      library_, "admit", users,
      [this, count = users.size(), done = std::move(done)](Result<Reply> reply) mutable {
        const std::uint32_t server = reply.has_value() ? reply->server : 0;
        auto admissions = admissions_in(std::move(reply), count);
        if (admissions.has_error() || wait_.replicas == 0) return done(std::move(admissions));
        wait_for_replicas(server, std::move(*admissions), std::move(done));
      });
}

// After the function, on the same connection: a script may not wait.
void RedisWaitingRoom::wait_for_replicas(std::uint32_t server, Admissions admissions,
                                         Done<Admissions> done) {
  const Command wait(
      {"WAIT", std::to_string(wait_.replicas), std::to_string(wait_.time_max.count())});
  client_.send_to(server, wait,
                  [this, admissions = std::move(admissions),
                   done = std::move(done)](Result<Reply> reply) mutable {
                    reply = without_errors(std::move(reply));
                    if (reply.has_error()) return done(reply.error());
                    if (reply->integer < wait_.replicas) {
                      return done(fail(Errc::timed_out,
                                       "Fewer replicas than asked for have the places: unknown."));
                    }
                    done(std::move(admissions));
                  });
}

void RedisWaitingRoom::take(const Fence& fence, Sequence mark, const Window& window,
                            std::size_t count_max, Done<Taken> done) {
  RUSHLINE_ASSERT(count_max > 0 && count_max <= limits::drain_batch_max);
  LineCall(fence)
      .add(mark.value)
      .add(static_cast<std::int64_t>(count_max))
      .add(window)
      .send(library_, "take", {}, [done = std::move(done)](Result<Reply> reply) mutable {
        done(taken_in(std::move(reply)));
      });
}

void RedisWaitingRoom::trim(const Fence& fence, Sequence mark, Done<void> done) {
  LineCall(fence)
      .add(mark.value)
      .add(std::string(marks_channel()))
      .add(fmt::format("{} {}", fence.event.value, mark.value))
      .send(library_, "trim", {}, [done = std::move(done)](Result<Reply> reply) mutable {
        done(done_or_error(std::move(reply)));
      });
}

void RedisWaitingRoom::mark_sold_out(const Fence& fence, Done<void> done) {
  LineCall(fence).send(library_, "mark_sold_out", {},
                       [done = std::move(done)](Result<Reply> reply) mutable {
                         done(done_or_error(std::move(reply)));
                       });
}

void RedisWaitingRoom::find(CouponEventId event, const UserId& user,
                            Done<std::optional<Sequence>> done) {
  const std::string key = line_key(event);
  client_.send(key, Command({"ZSCORE", key, user.view()}),
               [done = std::move(done)](Result<Reply> reply) mutable {
                 reply = without_errors(std::move(reply));
                 if (reply.has_error()) return done(reply.error());
                 if (reply->is(Reply::Kind::nil)) return done(std::optional<Sequence>());
                 const auto seq = number_in(reply->text);
                 if (!seq) return done(broken_reply());
                 done(std::optional(Sequence{*seq}));
               });
}

// By a function, which goes where the event's keys are, also while their slot moves.
void RedisWaitingRoom::primary(CouponEventId event, Done<std::string> done) {
  const std::string key = event_key(event);
  const std::string_view view = key;
  library_.call("primary", {&view, 1}, {}, [done = std::move(done)](Result<Reply> reply) mutable {
    if (reply.has_error()) return done(reply.error());
    if (!reply->is(Reply::Kind::text)) {
      return done(fail(Errc::unavailable, "The Redis that answers is no primary."));
    }
    done(std::move(reply->text));
  });
}

void RedisWaitingRoom::install(const Installation& installation, Done<void> done) {
  const Fence& fence = installation.fence;
  if (fence.epoch.value > limits::epoch_max) {
    return done(fail(Errc::unavailable, "This event has used up its epochs in Redis."));
  }
  LineCall(fence)
      .add(installation.kept.value)
      .add(installation.cap)
      .add(installation.window)
      .send(library_, "install", {}, [done = std::move(done)](Result<Reply> reply) mutable {
        done(done_or_error(std::move(reply)));
      });
}

std::optional<Monotonic> RedisWaitingRoom::healthy_since(CouponEventId event) const {
  return client_.healthy_since(event_key(event));
}

void RedisWaitingRoom::on_mark(Callback<void(CouponEventId, Sequence)> heard) {
  client_.subscribe(std::string(marks_channel()),
                    [heard = std::move(heard)](std::string_view message) mutable {
                      if (const auto mark = mark_in(message)) heard(mark->first, mark->second);
                    });
}

}  // namespace rushline::redis
