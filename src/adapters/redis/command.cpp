// hiredis writes the command down.
#include <hiredis/hiredis.h>

#include <limits>
#include <memory>
#include <vector>

#include "adapters/redis/client.hpp"
#include "core/assert.hpp"

namespace rushline::redis {
namespace {

std::string format(std::span<const std::string_view> words) {
  RUSHLINE_ASSERT(!words.empty() && words.size() <= std::numeric_limits<int>::max());
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  starts.reserve(words.size());
  sizes.reserve(words.size());
  for (const std::string_view word : words) {
    starts.push_back(word.data() == nullptr ? "" : word.data());
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const int size = ::redisFormatCommandArgv(&formatted, static_cast<int>(words.size()),
                                            starts.data(), sizes.data());
  RUSHLINE_ASSERT(size > 0);  // else there was no memory
  const std::unique_ptr<char, void (*)(char*)> owner(formatted, &::redisFreeCommand);
  return {formatted, static_cast<std::size_t>(size)};
}

}  // namespace

Command::Command(std::initializer_list<std::string_view> words)
    : bytes_(format(std::span(words.begin(), words.size()))) {}

Command::Command(std::span<const std::string_view> words) : bytes_(format(words)) {}

}  // namespace rushline::redis
