// The simplest Redis client: each command is sent and its reply awaited before send() returns.
//
// For tests of what is said to Redis; how connections live and die is tested with the real one.
#pragma once

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "adapters/redis/client.hpp"

namespace rushline::tests {

// Used by one thread. A connection that broke is made again by the next command.
class BlockingRedisClient final : public redis::Client {
 public:
  explicit BlockingRedisClient(int port) : port_(port) {}

  void send(std::string_view, redis::Command command, Done done) override { done(ask(command)); }

  void subscribe(std::string channel, Callback<void(std::string_view)> heard) override {
    listener_ = connect();
    heard_ = std::move(heard);
    const redis::Command command({"SUBSCRIBE", channel});
    ::redisAppendFormattedCommand(listener_.get(), command.bytes().data(), command.bytes().size());
    read(*listener_);
  }

  redis::ClientState state() const override { return {}; }

  // Hears what was published before, or arrives in the next few milliseconds.
  void listen() {
    pollfd socket{listener_->fd, POLLIN, 0};
    while (::poll(&socket, 1, 5) > 0 && ::redisBufferRead(listener_.get()) == REDIS_OK) {
      for (void* reply = nullptr;
           ::redisGetReplyFromReader(listener_.get(), &reply) == REDIS_OK && reply != nullptr;) {
        const std::unique_ptr<void, void (*)(void*)> owner(reply, &::freeReplyObject);
        heard_(value_of(*static_cast<redisReply*>(reply)).items.at(2).text);
      }
    }
  }

  Result<redis::Reply> ask(const redis::Command& command) {
    if (!connection_ || connection_->err != 0) connection_ = connect();
    if (!connection_) return nothing();
    ::redisAppendFormattedCommand(connection_.get(), command.bytes().data(),
                                  command.bytes().size());
    return read(*connection_);
  }
  // The reply to a command that must not fail.
  redis::Reply must(std::initializer_list<std::string_view> words) {
    auto reply = ask(redis::Command(words));
    if (reply.has_error()) throw std::runtime_error(reply.error().detail);
    if (reply->is_error()) throw std::runtime_error(reply->text);
    return std::move(*reply);
  }

 private:
  using Connection = std::unique_ptr<redisContext, void (*)(redisContext*)>;

  static Error nothing() { return fail(Errc::unavailable, "There is no connection to Redis."); }

  Connection connect() const {
    Connection connection(::redisConnectWithTimeout("127.0.0.1", port_, patience), &::redisFree);
    if (!connection || connection->err != 0) return {nullptr, &::redisFree};
    ::redisSetTimeout(connection.get(), patience);
    return connection;
  }

  static Result<redis::Reply> read(redisContext& connection) {
    void* reply = nullptr;
    if (::redisGetReply(&connection, &reply) != REDIS_OK) {
      return fail(Errc::timed_out, std::string("Redis: ") + connection.errstr);
    }
    const std::unique_ptr<void, void (*)(void*)> owner(reply, &::freeReplyObject);
    return value_of(*static_cast<redisReply*>(reply));
  }

  static redis::Reply value_of(const redisReply& from) {
    using Kind = redis::Reply::Kind;
    redis::Reply reply;
    switch (from.type) {
      case REDIS_REPLY_NIL:
        return reply;
      case REDIS_REPLY_INTEGER:
        reply.kind = Kind::integer;
        reply.integer = from.integer;
        break;
      case REDIS_REPLY_STATUS:
        reply.kind = Kind::status;
        break;
      case REDIS_REPLY_ERROR:
        reply.kind = Kind::error;
        break;
      case REDIS_REPLY_ARRAY:
        reply.kind = Kind::array;
        break;
      default:
        reply.kind = Kind::text;
        break;
    }
    if (from.str != nullptr) reply.text.assign(from.str, from.len);
    for (std::size_t i = 0; i < from.elements; ++i) {
      reply.items.push_back(value_of(*from.element[i]));
    }
    return reply;
  }

  static constexpr timeval patience{5, 0};

  const int port_;  // constant
  Connection connection_{nullptr, &::redisFree};
  Connection listener_{nullptr, &::redisFree};
  Callback<void(std::string_view)> heard_;
};

}  // namespace rushline::tests
