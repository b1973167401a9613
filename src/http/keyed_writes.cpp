// Finding, keeping and replaying first answers.
#include "http/keyed_writes.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "core/assert.hpp"

namespace rushline::http {
namespace {

constexpr std::string_view header_name = "Idempotency-Key";

bool is_kept(const Error& error) {
  const auto status = kind_of(error.code).status;
  return status >= 400 && status < 500 && status != 429;
}

Reply replayed(const KeptAnswer& kept) {
  Reply reply;
  reply.status = static_cast<std::uint16_t>(kept.status);
  reply.content_type =
      kept.content_type == content_type::problem ? content_type::problem : content_type::json;
  reply.location = kept.location;
  reply.body = kept.body;
  return reply;
}

KeptAnswer to_keep(const KeyedRequest& request, const Reply& reply) {
  return {.fingerprint = request.fingerprint,
          .status = reply.status,
          .content_type = std::string(reply.content_type),
          .location = reply.location,
          .body = reply.body};
}

// Nothing when the key is new. Errc::idempotency_key_reused.
Result<std::optional<Reply>> kept_reply(Transaction& transaction, IdempotencyStore& store,
                                        const KeyedRequest& request) {
  const auto kept = store.find(transaction, request.scope, request.key);
  if (kept.has_error()) return kept.error();
  if (!kept->has_value()) return std::optional<Reply>();
  if ((*kept)->fingerprint == request.fingerprint) return std::optional(replayed(**kept));
  return fail(Errc::idempotency_key_reused,
              "This Idempotency-Key was used for another request before.");
}

}  // namespace

// One request with a key, from finding no kept answer to keeping the new one.
struct KeyedWrites::Search {
  Responder responder;
  KeyedRequest keyed;
  RunningKeys::Run run;
  Callback<void(Found)> find;

  void answer(Reply reply) {
    run.end();  // before the client can repeat it
    responder.send(std::move(reply));
  }
};

std::optional<Error> refusal_of_key(const Request& request, KeyRule rule) {
  if (!request.has(Header::idempotency_key)) {
    if (rule != KeyRule::required_for_ever) return std::nullopt;
    return fail(Errc::idempotency_key_missing,
                "This request needs an Idempotency-Key, so that repeating it is harmless.");
  }
  const std::string_view key = request.header(Header::idempotency_key);
  const bool visible = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
  if (visible && !key.empty() && key.size() <= limits::idempotency_key_bytes_max) {
    return std::nullopt;
  }
  return invalid_field(std::string(header_name), "must be 1 to 128 visible characters");
}

std::optional<RunningKeys::Run> RunningKeys::start(std::string_view scope, std::string_view key) {
  std::string word(scope);
  word.append(1, '\0').append(key);  // neither holds a zero byte
  const std::lock_guard lock(mutex_);
  if (!running_.insert(word).second) return std::nullopt;
  return Run(*this, std::move(word));
}

void RunningKeys::Run::end() {
  if (keys_ == nullptr) return;
  const std::lock_guard lock(keys_->mutex_);
  keys_->running_.erase(word_);
  keys_ = nullptr;
}

std::string fingerprint_of(std::string_view method, std::string_view path, std::string_view body) {
  std::string text;
  text.append(method).append(1, '\n').append(path).append(1, '\n').append(body);
  std::array<unsigned char, 32> digest;
  unsigned int size = 0;
  const int done =
      EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  RUSHLINE_ASSERT(done == 1 && size == digest.size());
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

Result<Reply> answer_once(Transaction& transaction, IdempotencyStore& store,
                          const KeyedRequest& request,
                          Callback<Result<Reply>(Transaction&)>& work) {
  auto kept = kept_reply(transaction, store, request);
  if (kept.has_error()) return kept.error();
  if (*kept) return std::move(**kept);
  Reply reply;
  const auto outcome = transaction.nested([&]() -> Result<void> {
    auto answer = work(transaction);
    if (answer.has_error()) return answer.error();
    reply = std::move(*answer);
    return {};
  });
  if (outcome.has_error()) {
    if (!is_kept(outcome.error())) return outcome.error();
    reply = problem(outcome.error(), request.id);
  }
  std::optional<Timestamp> kept_until;
  // Only what was done is worth it: refusals could fill the database.
  if (!request.kept_for_ever || outcome.has_error()) {
    kept_until = transaction.now() + limits::idempotency_key_time;
  }
  const auto stored =
      store.keep(transaction, request.scope, request.key, to_keep(request, reply), kept_until);
  if (stored.has_error()) return stored.error();
  return reply;
}

// The key and its run; nothing when the request is refused, which is then answered.
std::optional<std::pair<KeyedRequest, RunningKeys::Run>> KeyedWrites::begin(const Request& request,
                                                                            Responder responder,
                                                                            KeyRule rule,
                                                                            std::string_view body) {
  if (const auto error = refusal_of_key(request, rule)) {
    refuse(request, responder, *error);
    return std::nullopt;
  }
  KeyedRequest keyed{.scope = request.caller->name,
                     .key = std::string(request.header(Header::idempotency_key)),
                     .fingerprint = fingerprint_of(to_word(request.method), request.path, body),
                     .kept_for_ever = rule == KeyRule::required_for_ever,
                     .id = request.id};
  auto run = running_.start(keyed.scope, keyed.key);
  if (!run) {
    refuse(
        request, responder,
        fail(Errc::in_progress, "The first request with this Idempotency-Key is still running."));
    return std::nullopt;
  }
  return std::pair(std::move(keyed), std::move(*run));
}

void KeyedWrites::write_once(const Request& request, Responder responder, KeyRule rule,
                             std::string_view body, Callback<Result<Reply>(Transaction&)> work,
                             SettleDown settle_down) {
  auto begun = begin(request, responder, rule, body);
  if (!begun) return;
  database_.write(
      [this, keyed = std::move(begun->first),
       work = std::move(work)](Transaction& transaction) mutable {
        return answer_once(transaction, store_, keyed, work);
      },
      [responder, id = request.id, run = std::move(begun->second),
       settle_down = std::move(settle_down)](Result<Reply> outcome) mutable {
        run.end();  // before the client can repeat it
        if (outcome.has_error()) return responder.send(problem(outcome.error(), id));
        send_settled(settle_down, responder, std::move(*outcome));
      });
}

void KeyedWrites::send_settled(SettleDown& settle_down, Responder responder, Reply reply) {
  if (!settle_down) return responder.send(std::move(reply));
  settle_down(
      [responder, reply = std::move(reply)]() mutable { responder.send(std::move(reply)); });
}

void KeyedWrites::find_and_answer(const Request& request, Responder responder,
                                  std::string_view body, Callback<void(Found)> find) {
  auto begun = begin(request, responder, KeyRule::optional, body);
  if (!begun) return;
  // Both ways out of the read need it.
  auto search = std::make_shared<Search>(
      Search{responder, std::move(begun->first), std::move(begun->second), std::move(find)});
  database_.read(
      [this, search](Transaction& transaction) {
        return kept_reply(transaction, store_, search->keyed);
      },
      [this, search](Result<std::optional<Reply>> kept) {
        if (kept.has_error()) return search->answer(problem(kept.error(), search->keyed.id));
        if (*kept) return search->answer(std::move(**kept));
        search->find([this, search](Reply reply) { keep_and_answer(search, std::move(reply)); });
      });
}

void KeyedWrites::keep_and_answer(const std::shared_ptr<Search>& search, Reply reply) {
  const bool is_final = reply.status < 500 && reply.status != 429 && reply.status != 202;
  if (!is_final) return search->answer(std::move(reply));
  database_.write(
      [this, search, reply = std::move(reply)](Transaction& transaction) {
        Callback<Result<Reply>(Transaction&)> work = [&](Transaction&) -> Result<Reply> {
          return reply;
        };
        return answer_once(transaction, store_, search->keyed, work);
      },
      [search](Result<Reply> outcome) {
        search->answer(outcome.has_value() ? std::move(*outcome)
                                           : problem(outcome.error(), search->keyed.id));
      });
}

}  // namespace rushline::http
