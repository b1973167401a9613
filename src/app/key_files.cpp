// Reading small files whole, and noticing that they were replaced.
#include "app/key_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>

#include "core/limits.hpp"

namespace rushline::app {
namespace {

Result<std::string> read_file(const std::string& path, std::string_view what) {
  std::string text(limits::keys_file_bytes_max + 1, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() || file.bad()) {
    return fail(Errc::configuration,
                fmt::format("The {} file {} cannot be read, or is no such file. Make one with: "
                            "rushline key create",
                            what, path));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

Result<void> check_hidden(const std::string& path) {
  struct stat seen {};
  if (::stat(path.c_str(), &seen) != 0 || (seen.st_mode & S_IROTH) == 0) return {};
  return fail(Errc::configuration,
              fmt::format("Everybody on this machine can read the shopper secrets file {}. Take "
                          "that right away: chmod o= {}",
                          path, path));
}

}  // namespace

KeyFiles::KeyFiles(const runtime::Settings& settings)
    : keys_path_(settings.keys_file), secrets_path_(settings.shopper_secrets_file) {}

Result<http::Access> KeyFiles::read() {
  read_ = stamps();
  if (keys_path_.empty()) return http::Access::open();
  const auto keys = read_file(keys_path_, "keys");
  if (keys.has_error()) return keys.error();
  auto access = http::Access::with_keys(*keys);
  if (access.has_error() || secrets_path_.empty()) return access;
  if (const auto hidden = check_hidden(secrets_path_); hidden.has_error()) return hidden.error();
  const auto text = read_file(secrets_path_, "shopper secrets");
  if (text.has_error()) return text.error();
  auto secrets = http::parse_shopper_secrets(*text);
  if (secrets.has_error()) return std::move(secrets).error();
  access->accept_shoppers(*std::move(secrets));
  return access;
}

bool KeyFiles::have_changed() const { return stamps() != read_; }

KeyFiles::Stamp KeyFiles::stamp_of(const std::string& path) {
  struct stat seen {};
  if (path.empty() || ::stat(path.c_str(), &seen) != 0) return {};
  return {seen.st_ino, seen.st_size,
          std::int64_t{seen.st_mtim.tv_sec} * 1'000'000'000 + seen.st_mtim.tv_nsec};
}

std::array<KeyFiles::Stamp, 2> KeyFiles::stamps() const {
  return {stamp_of(keys_path_), stamp_of(secrets_path_)};
}

}  // namespace rushline::app
