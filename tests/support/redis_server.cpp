// The settings and users that are shipped in deploy/redis, a process, and hiredis to ask it.
#include "tests/support/redis_server.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace rushline::tests {
namespace {

using std::chrono::seconds;

const std::string program = "/usr/bin/redis-server";
const std::string shipped = RUSHLINE_DEPLOY_DIR "/redis/";
// The password of every shipped user, and its SHA-256.
constexpr std::string_view password_of_users = "open-sesame";
constexpr std::string_view hash_of_password =
    "d7ecdf25eaf3deba0f2628771dbdd22d4138ab6cf38f91ed02a2ca0dec7c8ab7";
constexpr seconds start_time_max{30};

using Context = std::unique_ptr<redisContext, void (*)(redisContext*)>;
using Answer = std::unique_ptr<redisReply, void (*)(void*)>;

Context connect(int port) {
  const timeval time_max{.tv_sec = 5, .tv_usec = 0};
  Context context(::redisConnectWithTimeout("127.0.0.1", port, time_max), &::redisFree);
  if (context == nullptr || context->err != 0) {
    throw std::runtime_error(fmt::format("nobody listens on port {}", port));
  }
  ::redisSetTimeout(context.get(), time_max);
  return context;
}

Answer ask(redisContext* context, const std::vector<std::string>& words) {
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    starts.push_back(word.data());
    sizes.push_back(word.size());
  }
  void* answer =
      ::redisCommandArgv(context, static_cast<int>(words.size()), starts.data(), sizes.data());
  if (answer == nullptr) throw std::runtime_error(context->errstr);
  return {static_cast<redisReply*>(answer), &::freeReplyObject};
}

std::string text_of(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
  if (reply.type != REDIS_REPLY_ARRAY)
    return reply.str == nullptr ? "" : std::string(reply.str, reply.len);
  std::string all;
  for (std::size_t i = 0; i < reply.elements; ++i) all += text_of(*reply.element[i]) + "\n";
  return all;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The users that are shipped, as lines of a configuration file. The default user is left as Redis
// makes it, so that a test can do what nobody else may.
std::string shipped_users() {
  std::ifstream file(shipped + "users.acl");
  std::string lines;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("user default ")) continue;
    const std::size_t hash = line.find("#HASH_OF_");
    if (hash == std::string::npos) throw std::runtime_error("users.acl: a user without a password");
    line.replace(hash + 1, line.find(' ', hash) - hash - 1, hash_of_password);
    lines += line + "\n";
  }
  return lines;
}

// The settings that are shipped, without where files lie: not every machine of a test has that.
std::string shipped_settings() {
  std::ifstream file(shipped + "redis.conf");
  std::string lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("dir ")) lines += line + "\n";
  }
  return lines;
}

bool answers_ping(int port) {
  try {
    const Context context = connect(port);
    const std::string text = text_of(*ask(context.get(), {"PING"}));
    return text == "PONG" || text.starts_with("NOAUTH");
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

std::string redis_command(int port, const std::vector<std::string>& words,
                          const std::string& password) {
  const Context context = connect(port);
  if (!password.empty()) ask(context.get(), {"AUTH", password});
  const Answer answer = ask(context.get(), words);
  if (answer->type == REDIS_REPLY_ERROR) throw std::runtime_error(answer->str);
  return text_of(*answer);
}

void wait_for_redis(int port, ChildProcess& process, const std::string& log) {
  const bool is_up =
      eventually([&] { return !process.is_running() || answers_ping(port); }, start_time_max);
  if (!is_up || !process.is_running()) {
    throw std::runtime_error(fmt::format("no Redis on port {}: {}", port, file_text(log)));
  }
}

bool RedisServer::is_installed() { return std::filesystem::exists(program); }

RedisServer::RedisServer(std::vector<std::string> settings)
    : settings_(std::move(settings)), port_(free_port()) {
  std::filesystem::create_directory(folder_.path() / "data");
  std::ofstream file(folder_ / "redis.conf");
  file << shipped_settings();
  file << fmt::format(
      "aclfile \"\"\nmasterauth {}\nbind 127.0.0.1\nport {}\ndir {}\n"
      "repl-diskless-sync-delay 0\nenable-debug-command yes\n",
      password_of_users, port_, folder_ / "data");
  file << shipped_users();
  for (const std::string& setting : settings_) file << setting << '\n';
  file.close();
  give_to_server_user(folder_.path());
  start();
}

RedisServer::~RedisServer() {
  thaw();
  crash();
}

RedisServer& RedisServer::shared() {
  static RedisServer server;
  return server;
}

std::string RedisServer::url() const { return fmt::format("redis://127.0.0.1:{}/0", port_); }

std::string RedisServer::url_of(std::string_view user) const {
  return fmt::format("redis://{}:{}@127.0.0.1:{}/0", user, password_of_users, port_);
}

std::string RedisServer::command(const std::vector<std::string>& words,
                                 const std::string& password) const {
  return redis_command(port_, words, password);
}

bool RedisServer::is_replica() const {
  try {
    return command({"ROLE"}).starts_with("slave");
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RedisServer::start() {
  process_ = ChildProcess({program, folder_ / "redis.conf"}, folder_ / "log");
  wait_for_redis(port_, process_, folder_ / "log");
}

void RedisServer::stop() {
  process_.send(SIGTERM);
  process_.wait(seconds(20));
  process_ = ChildProcess();
}

void RedisServer::crash() {
  process_.send(SIGKILL);
  process_.wait(seconds(20));
}

void RedisServer::freeze() { process_.send(SIGSTOP); }
void RedisServer::thaw() { process_.send(SIGCONT); }

}  // namespace rushline::tests
