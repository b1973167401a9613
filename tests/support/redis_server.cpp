// redis-server without a configuration file: every setting is a flag.
#include "tests/support/redis_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/eventually.hpp"

namespace rushline::tests {
namespace {

using std::chrono::seconds;

const std::string program = "/usr/bin/redis-server";
constexpr seconds start_time_max{30};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Not while it is reading its data: then it says LOADING.
bool answers_ping(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr std::string_view ping = "PING\r\n";
  std::array<char, 64> answer{};
  const bool answered =
      ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(socket, ping.data(), ping.size(), MSG_NOSIGNAL) > 0 &&
      ::recv(socket, answer.data(), answer.size(), 0) > 0;
  ::close(socket);
  return answered && std::string_view(answer.data()).starts_with("+PONG");
}

}  // namespace

bool RedisServer::is_installed() { return std::filesystem::exists(program); }

RedisServer::RedisServer(std::vector<std::string> settings)
    : settings_(std::move(settings)), port_(free_port()) {
  give_to_server_user(folder_.path());
  start();
}

RedisServer::~RedisServer() {
  process_.send(SIGKILL);  // nobody needs its data any more
  process_.wait(seconds(20));
}

RedisServer& RedisServer::shared() {
  static RedisServer server;
  return server;
}

void RedisServer::start() {
  std::vector<std::string> command{program,
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--dir",
                                   folder_.path().string(),
                                   "--save",
                                   "",
                                   "--enable-debug-command",
                                   "yes",
                                   "--repl-diskless-sync-delay",
                                   "0"};
  for (const std::string& setting : settings_) {
    std::istringstream words(setting);
    std::string word;
    words >> word;
    command.push_back("--" + word);
    while (words >> word) command.push_back(word);
  }
  process_ = ChildProcess(command, folder_ / "log");
  const bool is_up =
      eventually([&] { return answers_ping(port_) || !process_.is_running(); }, start_time_max);
  if (!is_up || !process_.is_running()) {
    throw std::runtime_error("the server did not start: " + text_of(folder_ / "log"));
  }
}

void RedisServer::stop() {
  process_.send(SIGTERM);
  process_.wait(seconds(20));
  process_ = ChildProcess();
}

void RedisServer::crash() {
  process_.send(SIGKILL);
  process_.wait(seconds(20));
  process_ = ChildProcess();
}

void RedisServer::freeze() { process_.send(SIGSTOP); }
void RedisServer::thaw() { process_.send(SIGCONT); }

}  // namespace rushline::tests
