// An event loop without threads and sockets: a test calls a handler and looks at what it answered.
//
//   FakeLoop loop;
//   api.get(loop.request("ann"), loop.responder());
//   EXPECT_EQ(loop.reply().status, 200);
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/loop.hpp"

namespace rushline::tests {

// Used by one thread. Requests are numbered from 1; without a number the last one is meant.
class FakeLoop final : public http::Loop {
 public:
  explicit FakeLoop(std::size_t index = 0) : index_(index) {}

  struct Arguments {
    std::string_view body = {};
    std::string_view query = {};
    std::vector<std::pair<http::Header, std::string_view>> headers = {};
    http::Method method = http::Method::post;
    std::string_view path = "/v1/test";
  };

  // A request with these path arguments. Its texts must outlive it.
  http::Request request(std::initializer_list<std::string_view> path_arguments,
                        const Arguments& arguments) {
    http::Request request;
    request.method = arguments.method;
    request.path = arguments.path;
    request.body = arguments.body;
    request.query = arguments.query;
    std::size_t n = 0;
    for (const std::string_view argument : path_arguments) request.arguments[n++] = argument;
    for (const auto& [header, value] : arguments.headers) {
      request.headers[static_cast<std::size_t>(header)] = value;
    }
    request.caller = &caller;
    request.id = {++ids_};
    request.arrived = now_;
    return request;
  }
  http::Request request(std::initializer_list<std::string_view> path_arguments) {
    return request(path_arguments, Arguments{});
  }
  // Of a new request, which then waits.
  http::Responder responder() {
    exchanges_[++last_];
    return {*this, last_};
  }

  std::uint64_t last() const { return last_; }
  bool is_answered(std::uint64_t number) const { return exchanges_.at(number).replies > 0; }
  bool is_answered() const { return is_answered(last_); }
  const http::Reply& reply(std::uint64_t number) const {
    EXPECT_EQ(exchanges_.at(number).replies, 1) << "request " << number;
    return exchanges_.at(number).reply;
  }
  const http::Reply& reply() const { return reply(last_); }
  // What a stream has sent and not been asked for yet.
  std::string take_sent(std::uint64_t number) {
    return std::exchange(exchanges_.at(number).sent, {});
  }
  void close_stream(std::uint64_t number) {
    exchanges_.at(number).is_stream = false;
    auto closed = std::exchange(exchanges_.at(number).closed, {});
    if (closed) closed();
  }
  // The request is gone without an answer: its client went away.
  void drop(std::uint64_t number) { exchanges_.at(number).dropped = true; }

  // Runs what was posted.
  void run_posted() {
    while (!posted_.empty()) {
      auto work = std::move(posted_.front());
      posted_.pop_front();
      work();
    }
  }
  // Lets time pass, then sweeps: late answers, then what was asked for with on_sweep().
  void advance(std::chrono::milliseconds time, const http::Request& request) {
    now_ += time;
    for (auto& [number, exchange] : exchanges_) {
      if (exchange.late == nullptr || now_ < exchange.deadline || !is_waiting(number)) continue;
      deliver(number, exchange.late->late(request));
    }
    for (auto& work : sweeps_) work(now_);
  }
  void advance(std::chrono::milliseconds time) { advance(time, http::Request{}); }
  std::chrono::milliseconds patience(std::uint64_t number) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(exchanges_.at(number).deadline -
                                                                 now_);
  }

  http::Caller caller{"local", http::Scope::any};

  std::size_t index() const override { return index_; }
  void post(Callback<void()> work) override { posted_.push_back(std::move(work)); }
  bool is_current() const override { return true; }
  Monotonic now() const override { return now_; }
  void on_sweep(Callback<void(Monotonic now)> work) override { sweeps_.push_back(std::move(work)); }

 protected:
  struct Exchange {
    int replies = 0;
    http::Reply reply;
    bool dropped = false;
    bool is_stream = false;
    Callback<void()> closed;
    std::string sent;
    Monotonic deadline{};
    http::LateAnswer* late = nullptr;
  };

  void deliver(std::uint64_t token, http::Reply reply) override {
    if (!is_waiting(token)) return;
    exchanges_.at(token).reply = std::move(reply);
    ++exchanges_.at(token).replies;
  }
  void answer(std::uint64_t token, const http::ReplyView& reply) override {
    deliver(token, {.status = reply.status,
                    .content_type = reply.content_type,
                    .body = std::string(reply.body),
                    .location = std::string(reply.location),
                    .etag = std::string(reply.etag),
                    .retry_after_s = reply.retry_after_s,
                    .headers = std::string(reply.headers),
                    .close = reply.close});
  }
  void answer_by(std::uint64_t token, Monotonic deadline, http::LateAnswer& late) override {
    exchanges_.at(token).deadline = deadline;
    exchanges_.at(token).late = &late;
  }
  bool start_stream(std::uint64_t token, std::string_view, Callback<void()> closed) override {
    exchanges_.at(token).is_stream = true;
    exchanges_.at(token).closed = std::move(closed);
    ++exchanges_.at(token).replies;
    return true;
  }
  bool send_to_stream(std::uint64_t token, std::string_view bytes) override {
    if (is_stream_open(token)) exchanges_.at(token).sent += bytes;
    return is_stream_open(token);
  }
  void end_stream(std::uint64_t token) override { close_stream(token); }
  bool is_stream_open(std::uint64_t token) const override { return exchanges_.at(token).is_stream; }
  bool is_waiting(std::uint64_t token) const override {
    return exchanges_.at(token).replies == 0 && !exchanges_.at(token).dropped;
  }

 private:
  std::size_t index_;
  std::map<std::uint64_t, Exchange> exchanges_;
  std::deque<Callback<void()>> posted_;
  std::vector<Callback<void(Monotonic)>> sweeps_;
  std::uint64_t last_ = 0;
  std::uint64_t ids_ = 0;
  Monotonic now_{std::chrono::hours{1}};
};

}  // namespace rushline::tests
