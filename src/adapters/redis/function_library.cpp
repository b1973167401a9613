// FCALL, and FUNCTION LOAD when it is answered that there is no such function.
#include "adapters/redis/function_library.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "coupons/coupon_event.hpp"
#include "generated/redis_functions.hpp"

namespace rushline::redis {
namespace {

constexpr std::string_view name_prefix = "rushline_v";

// FNV-1a: short, and equal in every build of the same text.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash;
}

bool says(const Result<Reply>& reply, std::string_view what) {
  return reply.has_value() && reply->is_error() && reply->text.find(what) != std::string::npos;
}

bool lacks_function(const Result<Reply>& reply) { return says(reply, "Function not found"); }

// 12 of rushline_v12_0123abcd; nothing when it is no library of ours.
std::optional<int> version_of(std::string_view library) {
  if (!library.starts_with(name_prefix)) return std::nullopt;
  library.remove_prefix(name_prefix.size());
  int version = 0;
  std::size_t digits = 0;
  for (; digits < library.size() && digits < 6 && library[digits] >= '0' && library[digits] <= '9';
       ++digits) {
    version = version * 10 + (library[digits] - '0');
  }
  if (digits == 0 || digits == library.size() || library[digits] != '_') return std::nullopt;
  return version;
}

// Of an entry of FUNCTION LIST: names and values in turn.
std::string_view library_name_of(const Reply& entry) {
  for (std::size_t i = 0; i + 1 < entry.items.size(); i += 2) {
    if (entry.items[i].text == "library_name") return entry.items[i + 1].text;
  }
  return {};
}

}  // namespace

LibrarySource LibrarySource::embedded() {
  using std::chrono::milliseconds;
  LibrarySource source{function_library_version, {}};
  source.text = fmt::format(
      "local limits = {{line_ttl_ms = {}, sequences_per_epoch = {}, board_move_idle_us = {}, "
      "window_days = {}}}\n",
      milliseconds(limits::line_ttl_min).count(), std::int64_t{1} << coupons::epoch_sequence_bits,
      std::chrono::microseconds(limits::board_move_idle_max).count(), limits::ranking_window_days);
  for (const generated::File& file : generated::redis_functions()) source.text += file.bytes;
  return source;
}

FunctionLibrary::FunctionLibrary(Client& client, const LibrarySource& source)
    : client_(client),
      version_(source.version),
      suffix_(fmt::format("v{}_{:08x}", source.version, hash_of(source.text))),
      name_("rushline_" + suffix_),
      code_(fmt::format("#!lua name={}\nlocal suffix = '{}'\n{}", name_, suffix_, source.text)) {}

void FunctionLibrary::call(std::string_view function, std::span<const std::string_view> keys,
                           std::span<const std::string_view> arguments, Client::Done done) {
  const std::string full_name = fmt::format("rushline_{}_{}", function, suffix_);
  const std::string key_count = std::to_string(keys.size());
  std::vector<std::string_view> words = {"FCALL", full_name, key_count};
  words.reserve(words.size() + keys.size() + arguments.size());
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());

  Command command(words);
  Command again = command;
  client_.send(keys.front(), std::move(command),
               [this, again = std::move(again), key = std::string(keys.front()),
                done = std::move(done)](Result<Reply> reply) mutable {
                 if (!lacks_function(reply)) return done(without_errors(std::move(reply)));
                 // A slot that moves is answered by another server than the one that holds it.
                 load(reply->server, [this, key, again = std::move(again),
                                      done = std::move(done)](Result<Reply> loaded) mutable {
                   if (loaded.has_error()) return done(std::move(loaded));
                   client_.send(key, std::move(again),
                                [done = std::move(done)](Result<Reply> repeated) mutable {
                                  done(without_errors(std::move(repeated)));
                                });
                 });
               });
}

void FunctionLibrary::load(std::uint32_t server, Client::Done done) {
  client_.send_to(server, Command({"FUNCTION", "LOAD", code_}),
                  [this, server, done = std::move(done)](Result<Reply> reply) mutable {
                    if (says(reply, "already exists")) return done(Reply{});
                    reply = without_errors(std::move(reply));
                    if (reply.has_value()) remove_older(server);
                    done(std::move(reply));
                  });
}

// Best effort: what stays costs memory, nothing else. An older server that is still running loads
// its version again.
void FunctionLibrary::remove_older(std::uint32_t server) {
  client_.send_to(
      server, Command({"FUNCTION", "LIST", "LIBRARYNAME", "rushline_v*"}),
      [this, server](Result<Reply> list) {
        if (list.has_error()) return;
        for (const Reply& entry : list->items) {
          const std::string_view library = library_name_of(entry);
          const auto version = version_of(library);
          if (!version || *version >= version_) continue;
          client_.send_to(server, Command({"FUNCTION", "DELETE", library}), [](Result<Reply>) {});
        }
      });
}

Result<Reply> without_errors(Result<Reply> reply) {
  if (reply.has_value() && reply->is_error()) {
    return fail(Errc::unavailable, "Redis refuses: " + reply->text);
  }
  return reply;
}

}  // namespace rushline::redis
