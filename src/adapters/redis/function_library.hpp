// The functions that run inside Redis (functions/*.lua), brought to a server when it lacks them.
//
// The library's name and the names of its functions end with its version and a hash of its text, so
// that two versions of Rushline work on one Redis during a rolling upgrade. Functions are part of
// the data set: they outlive a restart and a promotion, where EVALSHA would say NOSCRIPT.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "adapters/redis/client.hpp"

namespace rushline::redis {

// What a library is made of.
struct LibrarySource {
  int version = 1;
  std::string text;  // without the first line, which names the engine and the library

  // What this program carries in itself.
  static LibrarySource embedded();
};

// A newer version may change what a function does, never what it finds stored.
inline constexpr int function_library_version = 1;

// Safe to call from any thread; never blocks. Must outlive the calls that it was given.
class FunctionLibrary {
 public:
  explicit FunctionLibrary(Client& client, const LibrarySource& source = LibrarySource::embedded());

  // rushline_v1_0123abcd
  const std::string& name() const { return name_; }

  // Calls `function` ("admit") on the server that holds keys.front(). When the server that answers
  // does not know it, the library is loaded there, older versions of it are removed, and the call
  // is made again. `done` hears of a reply that is no error, or of an error as Client::send() gives
  // it, Errc::unavailable also for what Redis refuses.
  void call(std::string_view function, std::span<const std::string_view> keys,
            std::span<const std::string_view> arguments, Client::Done done);

 private:
  void load(std::uint32_t server, Client::Done done);
  void remove_older(std::uint32_t server);

  Client& client_;      // constant
  const int version_;   // constant
  std::string suffix_;  // constant
  std::string name_;    // constant
  std::string code_;    // constant
};

// A reply that is an error of Redis as Errc::unavailable, with Redis' own words.
Result<Reply> without_errors(Result<Reply> reply);

}  // namespace rushline::redis
