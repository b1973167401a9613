// hiredis parses, we build: its own objects would reserve memory for what a header claims.
//
// Of hiredis 0.14: arrays come before their elements, an element is handed its parent; only a root
// is ever freed; an object that is not made (NULL) ends the reader. What it does not look at is
// looked at here: the end of a bulk string, and what an unfinished item claims or has grown to.
#include "adapters/redis/reply.hpp"

#include <fmt/format.h>
#include <hiredis/read.h>

#include <charconv>
#include <cstring>
#include <new>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t bulk_header_bytes_max = 32;  // a length and the end of its line

}  // namespace

struct ReplyReader::State {
  redisReader* reader = nullptr;
  std::string unread;             // fed to us, not to hiredis yet
  std::size_t unread_at = 0;      // where it goes on
  std::size_t items = 0;          // claimed by the arrays of the reply that is being built
  std::size_t bytes = 0;          // of its texts
  std::string broken = {};        // why nothing more can be read; empty = it can
  const char* refusal = nullptr;  // why an object was not made

  Error break_off(std::string why) {
    broken = std::move(why);
    unread = {};
    return fail(Errc::corrupt, "What answers is not a Redis that can be trusted: " + broken + ".");
  }

  // Where the next object of the reply belongs. hiredis keeps a pointer to an array only as long as
  // its elements arrive, and the vector that holds the array does not grow meanwhile.
  static Reply* place(const redisReadTask* task) {
    if (task->parent == nullptr) return new Reply;
    return &static_cast<Reply*>(task->parent->obj)->items.emplace_back();
  }
  static State& of(const redisReadTask* task) { return *static_cast<State*>(task->privdata); }

  static void* refuse(const redisReadTask* task, const char* why) {
    of(task).refusal = why;
    return nullptr;
  }

  // The callbacks of hiredis: nothing is thrown through its frames.
  static void* make(const redisReadTask* task, Reply::Kind kind) noexcept {
    try {
      Reply* reply = place(task);
      reply->kind = kind;
      return reply;
    } catch (const std::bad_alloc&) {
      return refuse(task, "there is no memory for a reply");
    }
  }

  static void* make_text(const redisReadTask* task, char* start, std::size_t size) noexcept {
    State& state = of(task);
    const bool is_line = task->type != REDIS_REPLY_STRING;
    if (is_line && size > limits::redis_reply_line_bytes_max) return refuse(task, "a long line");
    if (!is_line && std::memcmp(start + size, line_end.data(), line_end.size()) != 0) {
      return refuse(task, "a text is longer than it says");
    }
    if (size > limits::redis_reply_bytes_max - state.bytes) return refuse(task, "a large reply");
    state.bytes += size;
    const Reply::Kind kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                             : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                                : Reply::Kind::text;
    void* made = make(task, kind);
    try {
      if (made != nullptr) static_cast<Reply*>(made)->text.assign(start, size);
    } catch (const std::bad_alloc&) {
      if (task->parent == nullptr) free_root(made);
      return refuse(task, "there is no memory for a reply");
    }
    return made;
  }

  static void* make_array(const redisReadTask* task, int claimed) noexcept {
    State& state = of(task);
    const auto size = static_cast<std::size_t>(claimed);
    if (size > limits::redis_reply_items_max - state.items) {
      return refuse(task, "a reply of too many elements");
    }
    state.items += size;
    return make(task, Reply::Kind::array);
  }

  static void* make_integer(const redisReadTask* task, long long value) noexcept {
    void* made = make(task, Reply::Kind::integer);
    if (made != nullptr) static_cast<Reply*>(made)->integer = value;
    return made;
  }

  static void* make_nil(const redisReadTask* task) noexcept { return make(task, Reply::Kind::nil); }

  static void free_root(void* root) noexcept { delete static_cast<Reply*>(root); }

  static redisReplyObjectFunctions functions;

  // Why the item that has begun cannot become one; nullptr while it can.
  const char* look_at_unfinished() const {
    if (reader->ridx < 0) return nullptr;
    const int type = reader->rstack[reader->ridx].type;
    const std::string_view rest(reader->buf + reader->pos, reader->len - reader->pos);
    if (type < 0) return nullptr;
    if (type != REDIS_REPLY_STRING) {
      return rest.size() > limits::redis_reply_line_bytes_max + 1 ? "a long line" : nullptr;
    }
    const std::size_t end = rest.find(line_end);
    if (end == std::string_view::npos) {
      return rest.size() > bulk_header_bytes_max ? "the length of a text is none" : nullptr;
    }
    std::uint64_t claimed = 0;
    std::from_chars(rest.data(), rest.data() + end, claimed);
    return claimed > limits::redis_reply_bytes_max - bytes ? "a large reply" : nullptr;
  }

  bool feed_some() {
    if (unread_at == unread.size()) return false;
    const std::size_t size = std::min(limits::redis_parse_bytes, unread.size() - unread_at);
    // hiredis moves what is left over to the front of its buffer: little, if it gets little.
    if (::redisReaderFeed(reader, unread.data() + unread_at, size) != REDIS_OK) return false;
    unread_at += size;
    if (unread_at == unread.size()) {
      unread.clear();
      unread_at = 0;
    }
    return true;
  }
};

redisReplyObjectFunctions ReplyReader::State::functions = {&State::make_text, &State::make_array,
                                                           &State::make_integer, &State::make_nil,
                                                           &State::free_root};

ReplyReader::ReplyReader() : state_(std::make_unique<State>()) {
  state_->reader = ::redisReaderCreateWithFunctions(&State::functions);
  RUSHLINE_ASSERT(state_->reader != nullptr);  // else there was no memory
  state_->reader->privdata = state_.get();
}

ReplyReader::~ReplyReader() { ::redisReaderFree(state_->reader); }

void ReplyReader::feed(std::string_view bytes) {
  if (!state_->broken.empty()) return;
  if (bytes.size() > limits::redis_reply_bytes_max - (state_->unread.size() - state_->unread_at)) {
    state_->break_off("more than can be read at once");
    return;
  }
  state_->unread.append(bytes);
}

Result<std::unique_ptr<Reply>> ReplyReader::next() {
  State& state = *state_;
  if (!state.broken.empty()) return state.break_off(state.broken);
  do {
    void* whole = nullptr;
    if (::redisReaderGetReply(state.reader, &whole) != REDIS_OK) {
      return state.break_off(state.refusal != nullptr ? state.refusal : state.reader->errstr);
    }
    if (whole != nullptr) {
      state.items = 0;
      state.bytes = 0;
      return std::unique_ptr<Reply>(static_cast<Reply*>(whole));
    }
    if (const char* why = state.look_at_unfinished()) return state.break_off(why);
  } while (state.feed_some());
  return std::unique_ptr<Reply>();
}

}  // namespace rushline::redis
