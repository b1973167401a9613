// Matches answers to requests, and watches the time.
#include "adapters/redis/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {
namespace {

const Command& ping_command() {
  static const Command command{"PING"};
  return command;
}

const Command& asking_command() {
  static const Command command{"ASKING"};
  return command;
}

Error late() {
  return fail(Errc::timed_out,
              fmt::format("Redis did not answer within {} ms; whether it did what it was asked is "
                          "unknown.",
                          std::chrono::milliseconds(limits::redis_command_time_max).count()));
}

}  // namespace

Session::Session(const Login& login, std::vector<std::string> channels, Listener& listener,
                 Monotonic now)
    : listener_(listener),
      channels_(std::move(channels)),
      handshake_(login),
      output_(handshake_.bytes()),
      heard_at_(now) {}

std::string Session::take_output() {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    Request& request = waiting_.front();
    if (request.is_asking) output_ += asking_command().bytes();
    output_ += request.bytes;
    sent_.push_back(std::move(request));
  }
  return std::exchange(output_, {});
}

Result<void> Session::receive(std::string_view bytes, Monotonic now) {
  heard_at_ = now;
  ping_deadline_.reset();
  reader_.feed(bytes);
  for (;;) {
    auto reply = reader_.next();
    if (!reply) return reply.error();
    if (*reply == nullptr) return {};
    if (auto taken = take(std::move(**reply)); !taken) return taken;
  }
}

Result<void> Session::take(Reply reply) {
  if (!handshake_.is_done()) {
    if (auto taken = handshake_.take(reply); !taken) return taken;
    if (!handshake_.is_done() || channels_.empty()) return {};
    std::vector<std::string_view> words = {"SUBSCRIBE"};
    words.insert(words.end(), channels_.begin(), channels_.end());
    output_ += Command(words).bytes();
    return {};
  }
  return channels_.empty() ? take_answer(std::move(reply)) : take_message(reply);
}

Result<void> Session::take_answer(Reply reply) {
  if (sent_.empty()) {
    return fail(Errc::corrupt, "Redis answers what it was not asked; its connection is closed.");
  }
  if (std::exchange(sent_.front().is_asking, false)) return {};  // the answer to ASKING itself
  Request request = std::move(sent_.front());
  sent_.pop_front();
  if (!is_unable(reply)) {
    listener_.on_answer(std::move(request), std::move(reply));
    return {};
  }
  const Error unable = fail(
      Errc::unavailable, fmt::format("Redis cannot serve now: it answers {}.", error_word(reply)));
  sent_.push_front(std::move(request));  // told by end()
  return unable;
}

Result<void> Session::take_message(const Reply& reply) {
  if (reply.is_error()) {
    return fail(Errc::unavailable,
                fmt::format("Redis answers {} to SUBSCRIBE: the user must be allowed the command "
                            "and the channel.",
                            error_word(reply)));
  }
  const auto& items = reply.items;
  if (items.size() == 3 && items[0].text == "message") {
    listener_.on_message(items[1].text, items[2].text);
  }
  return {};
}

Result<void> Session::check(Monotonic now) {
  if (ping_deadline_ && now >= *ping_deadline_) return late();
  // What a Cluster sent here from elsewhere is older than its place in the queue.
  const auto is_late = [now](const Request& request) { return now >= request.deadline; };
  if (std::ranges::any_of(sent_, is_late) || std::ranges::any_of(waiting_, is_late)) return late();
  const bool is_idle = sent_.empty() && waiting_.empty() && !ping_deadline_;
  if (is_idle && now - heard_at_ >= limits::redis_ping_interval) {
    ping(now);
  }
  return {};
}

void Session::ping(Monotonic now) {
  const Monotonic deadline = now + limits::redis_command_time_max;
  if (channels_.empty()) {
    send({.bytes = ping_command().bytes(),
          .done = [](const Result<Reply>&) {},
          .deadline = deadline});
  } else {
    output_ += ping_command().bytes();
    ping_deadline_ = deadline;
  }
}

void Session::send(Request request) {
  RUSHLINE_ASSERT(is_ready() && channels_.empty());
  waiting_.push_back(std::move(request));
}

void Session::end(const Error& why, Monotonic now) {
  const auto tell = [&](std::deque<Request>& requests) {
    for (; !requests.empty(); requests.pop_front()) {
      Request request = std::move(requests.front());
      const bool is_late = now >= request.deadline && why.code != Errc::shutting_down;
      Error error = is_late ? late() : why;
      if (!is_late && error.code != Errc::shutting_down) error.code = Errc::unavailable;
      listener_.on_answer(std::move(request), std::move(error));
    }
  };
  tell(sent_);
  tell(waiting_);
}

}  // namespace rushline::redis
