// The limit of Redis as a waiting room on a machine: users put into one line, so many per call, and
// nothing around it. What the bench divides Redis' share of an admission by.
//
//   raw_redis PORT MODE USERS_PER_CALL CONNECTIONS SECONDS
//
// MODE  zadd    one `ZADD NX` of all users of the call, scores rising: the floor
//       script  the same with what a place in line needs: who is there already, the next sequence
//
// One call at a time on each connection. Prints one line of JSON; CPU is Redis' own (`INFO cpu`,
// all its threads). Talks to 127.0.0.1 only and writes only keys that begin with `bench:{raw}`.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view line_key = "bench:{raw}:line";
constexpr std::string_view state_key = "bench:{raw}:state";

// Two looks (state, who is there) and two writes (line, next sequence), however many users.
constexpr std::string_view admit_script = R"(
local next = tonumber(redis.call('HGET', KEYS[2], 'next') or '1')
local known = redis.call('ZMSCORE', KEYS[1], unpack(ARGV))
local places, fresh, here = {}, {}, {}
local first = next
for i, user in ipairs(ARGV) do
  local place = known[i] and tonumber(known[i]) or here[user]
  if not place then
    place = next
    here[user] = place
    fresh[#fresh + 1] = place
    fresh[#fresh + 1] = user
    next = next + 1
  end
  places[i] = place
end
if next > first then
  redis.call('ZADD', KEYS[1], 'NX', unpack(fresh))
  redis.call('HSET', KEYS[2], 'next', next)
end
return places
)";

[[noreturn]] void give_up(std::string_view what) {
  std::fprintf(stderr, "raw_redis: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(4);
}

void append(std::string& out, std::string_view word) {
  out += '$';
  out += std::to_string(word.size());
  out += "\r\n";
  out += word;
  out += "\r\n";
}

void begin(std::string& out, std::size_t words) {
  out += '*';
  out += std::to_string(words);
  out += "\r\n";
}

std::string command(std::initializer_list<std::string_view> words) {
  std::string out;
  begin(out, words.size());
  for (const std::string_view word : words) append(out, word);
  return out;
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
      give_up("nothing listens on that port");
    }
    const int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }

  int fd() const { return fd_; }

  void send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) give_up("the connection broke");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Reads once; whether the reply is whole: a number, or a list of numbers, one to a line.
  bool receive() {
    std::array<char, 64 * 1024> bytes;
    const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) give_up("the connection broke");
    const std::string_view arrived(bytes.data(), static_cast<std::size_t>(got));
    lines_ += std::count(arrived.begin(), arrived.end(), '\n');
    if (head_.size() < head_bytes_max) head_ += arrived.substr(0, head_bytes_max - head_.size());
    if (head_.front() == '-') give_up(head_);
    if (head_.find('\n') == std::string::npos) return false;
    const std::int64_t expected = head_.front() == '*' ? 1 + std::atoll(head_.c_str() + 1) : 1;
    if (lines_ < expected) return false;
    lines_ = 0;
    head_.clear();
    return true;
  }

  // One call whose reply is a text; only while nothing else is on its way.
  std::string ask(std::string_view bytes) {
    send_all(bytes);
    std::string reply;
    std::array<char, 16 * 1024> part;
    for (;;) {
      const ssize_t got = recv(fd_, part.data(), part.size(), 0);
      if (got <= 0) give_up("the connection broke");
      reply.append(part.data(), static_cast<std::size_t>(got));
      if (reply.front() == '-') give_up(reply);
      const std::size_t end = reply.find("\r\n");
      if (end == std::string::npos) continue;
      if (reply.front() != '$') return reply.substr(1, end - 1);
      const auto length = static_cast<std::size_t>(std::atoll(reply.c_str() + 1));
      if (reply.size() >= end + 2 + length + 2) return reply.substr(end + 2, length);
    }
  }

 private:
  static constexpr std::size_t head_bytes_max = 200;

  int fd_;
  std::string head_;
  std::int64_t lines_ = 0;
};

// Microseconds that Redis has used so far, all its threads together, its children not.
double redis_cpu_us(Connection& connection) {
  const std::string info = connection.ask(command({"INFO", "cpu"}));
  const auto seconds = [&info](const char* name) {
    const std::size_t at = info.find(name);
    if (at == std::string::npos) give_up("INFO cpu says something else");
    return std::atof(info.c_str() + at + std::strlen(name));
  };
  return (seconds("used_cpu_sys:") + seconds("used_cpu_user:")) * 1e6;
}

// Writes the calls; users come in no order, each one once.
class Caller {
 public:
  Caller(bool scripted, std::size_t users, std::string sha)
      : scripted_(scripted), users_(users), sha_(std::move(sha)) {}

  const std::string& next_call() {
    call_.clear();
    if (scripted_) {
      begin(call_, 5 + users_);
      append(call_, "EVALSHA");
      append(call_, sha_);
      append(call_, "2");
      append(call_, line_key);
      append(call_, state_key);
    } else {
      begin(call_, 3 + 2 * users_);
      append(call_, "ZADD");
      append(call_, line_key);
      append(call_, "NX");
    }
    for (std::size_t i = 0; i < users_; ++i) {
      ++number_;
      if (!scripted_) append(call_, std::to_string(number_));
      char user[32];
      const int length = std::snprintf(
          user, sizeof user, "u-%012llu",
          static_cast<unsigned long long>((number_ * 48'271ULL) % 999'999'999'989ULL));
      append(call_, {user, static_cast<std::size_t>(length)});
    }
    return call_;
  }

 private:
  bool scripted_;
  std::size_t users_;
  std::string sha_;
  std::string call_;
  std::uint64_t number_ = 0;
};

struct Measured {
  double seconds = 0;
  std::vector<double> call_us;
};

Measured drive(std::vector<Connection>& connections, Caller& caller, double seconds) {
  Measured measured;
  std::vector<pollfd> waiting;
  std::vector<Clock::time_point> sent(connections.size());
  const Clock::time_point begun = Clock::now();
  const auto since = [](Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  };
  for (std::size_t i = 0; i < connections.size(); ++i) {
    waiting.push_back({.fd = connections[i].fd(), .events = POLLIN, .revents = 0});
    connections[i].send_all(caller.next_call());
    sent[i] = Clock::now();
  }
  for (std::size_t open = connections.size(); open > 0;) {
    if (poll(waiting.data(), waiting.size(), 10'000) <= 0) give_up("no reply within 10 s");
    for (std::size_t i = 0; i < connections.size(); ++i) {
      if (waiting[i].revents == 0 || !connections[i].receive()) continue;
      measured.call_us.push_back(since(sent[i]) * 1e6);
      if (since(begun) < seconds) {
        connections[i].send_all(caller.next_call());
        sent[i] = Clock::now();
      } else {
        waiting[i].fd = -1;
        --open;
      }
    }
  }
  measured.seconds = since(begun);
  std::sort(measured.call_us.begin(), measured.call_us.end());
  return measured;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc == 6 ? argv[2] : "";
  if (mode != "zadd" && mode != "script") {
    std::fprintf(stderr, "usage: raw_redis PORT zadd|script USERS CONNECTIONS SECONDS\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto users = static_cast<std::size_t>(std::max(1, std::atoi(argv[3])));

  Connection asking(port);
  const std::string forget = command({"UNLINK", line_key, state_key});
  asking.ask(forget);
  Caller caller(mode == "script", users, asking.ask(command({"SCRIPT", "LOAD", admit_script})));
  std::vector<Connection> connections;
  for (int i = 0; i < std::max(1, std::atoi(argv[4])); ++i) connections.emplace_back(port);

  const double before = redis_cpu_us(asking);
  const Measured measured = drive(connections, caller, std::atof(argv[5]));
  const double used = redis_cpu_us(asking) - before;
  const double calls = static_cast<double>(measured.call_us.size());
  const double placed = calls * static_cast<double>(users);
  if (std::atof(asking.ask(command({"ZCARD", line_key})).c_str()) != placed) {
    give_up("the line does not hold everybody");
  }
  asking.ask(forget);
  const auto percentile = [&measured](std::size_t percent) {
    return measured.call_us[(measured.call_us.size() - 1) * percent / 100];
  };
  std::printf(
      "{\"calls\": %.0f, \"users_per_second\": %.0f, \"redis_cpu_us_per_user\": %.3f, "
      "\"call_p50_us\": %.0f, \"call_p99_us\": %.0f}\n",
      calls, placed / measured.seconds, used / placed, percentile(50), percentile(99));
}
