// One loop on one thread: a timer that makes requests due, connections that carry them, a sweep
// that times out and reports.
#include "load/generator.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/limits.hpp"
#include "load/answer_scan.hpp"
#include "load/schedule.hpp"
#include "load/shopper_connection.hpp"

namespace rushline::load {
namespace {

namespace asio = boost::asio;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using tcp = asio::ip::tcp;

// One press: due at its intended time, sent when a connection is free.
struct Press {
  Monotonic intended;
  Monotonic sent;
  std::uint32_t shopper = 0;
};

std::string shopper_name(const Plan& plan, std::uint32_t shopper) {
  return fmt::format("{}-{:08}", plan.shopper_prefix, shopper + 1);
}

// The request of one shopper, whose name stands in the last bytes of a prepared text.
class RequestText {
 public:
  explicit RequestText(const Plan& plan) {
    const std::string body = fmt::format(R"({{"user_id":"{}"}})", shopper_name(plan, 0));
    text_ = fmt::format(
        "POST /v1/coupon-events/{}/requests HTTP/1.1\r\nHost: {}\r\n{}"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        plan.event.value, plan.target.authority(),
        plan.bearer.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", plan.bearer),
        body.size(), body);
    digits_at_ = text_.size() - 10;  // 8 digits, a quote and a brace
  }

  std::string of(std::uint32_t shopper) const {
    std::string text = text_;
    std::uint32_t rest = shopper + 1;
    for (std::size_t i = 8; i-- > 0; rest /= 10) {
      text[digits_at_ + i] = static_cast<char>('0' + rest % 10);
    }
    return text;
  }

 private:
  std::string text_;
  std::size_t digits_at_ = 0;
};

class Generator final : public ConnectionOwner {
 public:
  Generator(const Plan& plan, const Clock& clock, HistoryWriter* history,
            Callback<void(const Progress&)> on_tick)
      : plan_(plan),
        clock_(clock),
        history_(history),
        on_tick_(std::move(on_tick)),
        schedule_(plan.rate, plan.duration, plan.spacing, plan.seed),
        shoppers_(plan.shoppers, plan.seed),
        request_(plan) {
    summary_.plan = plan;
  }

  Result<Summary> run() {
    if (Result<void> ready = open_connections(); ready.has_error()) return ready.error();
    began_ = clock_.monotonic();
    summary_.started_at = clock_.now();
    started_ = true;
    next_ = schedule_.next();
    make_due();
    sweep_later();
    io_.restart();
    io_.run();
    close_second();
    summary_.elapsed = last_end_ - began_;
    return std::move(summary_);
  }

  void connected(ShopperConnection& connection) override {
    last_failure_.clear();
    if (started_) use(connection);
  }

  void answered(ShopperConnection& connection, const ScannedAnswer& answer) override {
    std::optional<Press>& press = in_flight_[connection.number()];
    if (!press) {  // nobody asked
      return broken(connection, "an answer without a request");
    }
    const Press done = *press;
    press.reset();
    --in_flight_count_;
    const ScannedVerdict verdict = scan_verdict(answer.status, answer.body);
    end(done, verdict,
        verdict.outcome == Outcome::error ? fmt::format("status {} {}", answer.status, verdict.code)
                                          : std::string());
    if (answer.keep_alive) {
      use(connection);
    } else {
      reconnect(connection);
    }
  }

  void broken(ShopperConnection& connection, const std::string& why) override {
    connection.close();
    last_failure_ = why;
    std::optional<Press>& press = in_flight_[connection.number()];
    if (press) {
      const Press lost = *press;
      press.reset();
      --in_flight_count_;
      end(lost, {.outcome = Outcome::error, .code = {}, .coupon_id = {}, .issue_no = {}}, why);
    }
    // The sweep connects again, so that a dead server is not hammered.
  }

 private:
  // All at once; those that fail are tried again by the sweep, but one must succeed.
  Result<void> open_connections() {
    std::vector<tcp::endpoint> servers;
    for (std::size_t i = 0; i <= plan_.beside.size(); ++i) {
      const http::TargetUrl& target = i == 0 ? plan_.target : plan_.beside[i - 1];
      tcp::resolver resolver(io_);
      boost::system::error_code error;
      const auto found = resolver.resolve(target.host, std::to_string(target.port), error);
      if (error) {
        return fail(Errc::unavailable,
                    fmt::format("{} is not known: {}", target.host, error.message()));
      }
      servers.push_back(found.begin()->endpoint());
    }
    for (std::size_t i = 0; i < plan_.connections; ++i) {
      connections_.push_back(
          std::make_unique<ShopperConnection>(io_, servers[i % servers.size()], *this, i));
      connections_.back()->connect();
    }
    in_flight_.resize(connections_.size());
    is_free_.resize(connections_.size(), false);

    const Monotonic deadline = clock_.monotonic() + limits::load_connect_time_max;
    while (open_count() < connections_.size() && clock_.monotonic() < deadline &&
           last_failure_.empty()) {
      io_.run_one_until(deadline);
    }
    if (open_count() == 0) {
      return fail(Errc::unavailable,
                  fmt::format("no connection to http://{}: {}", plan_.target.authority(),
                              last_failure_.empty() ? "no answer in time" : last_failure_));
    }
    for (const auto& connection : connections_) {
      if (connection->is_open()) use(*connection);
    }
    return {};
  }

  std::size_t open_count() const {
    std::size_t count = 0;
    for (const auto& connection : connections_) {
      if (connection->is_open()) ++count;
    }
    return count;
  }

  // Puts everything whose time has come on its way, then sleeps until the next.
  void make_due() {
    const Monotonic now = clock_.monotonic();
    while (next_ && began_ + *next_ <= now) {
      const Press press{.intended = began_ + *next_, .sent = {}, .shopper = shoppers_.next()};
      ++summary_.requests;
      next_ = schedule_.next();
      if (ShopperConnection* connection = take_free()) {
        send(*connection, press);
      } else {
        backlog_.push_back(press);
      }
    }
    summary_.backlog_max =
        std::max(summary_.backlog_max, static_cast<std::int64_t>(backlog_.size()));
    if (!next_) return;
    due_timer_.expires_at(began_ + *next_);
    due_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) make_due();
    });
  }

  // A free connection takes the oldest press that waits, if any.
  void use(ShopperConnection& connection) {
    if (backlog_.empty()) {
      is_free_[connection.number()] = true;
      free_.push_back(connection.number());
      return;
    }
    const Press press = backlog_.front();
    backlog_.pop_front();
    send(connection, press);
  }

  // A connection may stand in free_ although it broke meanwhile: then it is passed over.
  ShopperConnection* take_free() {
    while (!free_.empty()) {
      const std::size_t number = free_.front();
      free_.pop_front();
      const bool usable = is_free_[number] && connections_[number]->is_open();
      is_free_[number] = false;
      if (usable) return connections_[number].get();
    }
    return nullptr;
  }

  void send(ShopperConnection& connection, Press press) {
    press.sent = clock_.monotonic();
    in_flight_[connection.number()] = press;
    ++in_flight_count_;
    ++second_.sent;
    connection.send(request_.of(press.shopper));
  }

  void reconnect(ShopperConnection& connection) {
    ++summary_.reconnects;
    is_free_[connection.number()] = false;
    connection.connect();
  }

  // Counts the end of a press. `what_broke` is for errors.
  void end(const Press& press, const ScannedVerdict& verdict, const std::string& what_broke) {
    const Monotonic now = clock_.monotonic();
    const std::size_t kind = to_index(verdict.outcome);
    ++summary_.outcomes[kind];
    ++second_.outcomes[kind];
    if (verdict.outcome == Outcome::refused) count(summary_.refusals, verdict.code);
    if (verdict.outcome == Outcome::error) count(summary_.errors, what_broke);
    if (verdict.outcome != Outcome::error) {
      const std::int64_t waited = duration_cast<microseconds>(now - press.intended).count();
      summary_.latency.record(waited);
      summary_.latency_by_outcome[kind].record(waited);
      second_latency_.record(waited);
    }
    last_end_ = now;
    if (history_ != nullptr && press.sent != Monotonic{}) write_history(press, now, verdict);
    stop_when_done();
  }

  void write_history(const Press& press, Monotonic now, const ScannedVerdict& verdict) {
    const std::string user = shopper_name(plan_, press.shopper);
    const bool is_answered =
        verdict.outcome != Outcome::timeout && verdict.outcome != Outcome::error;
    Operation operation{.user = user,
                        .event = plan_.event,
                        .invoked = to_wall(press.sent),
                        .completed = {},
                        .outcome = verdict.outcome,
                        .code = verdict.code,
                        .coupon_id = verdict.coupon_id,
                        .issue_no = verdict.issue_no,
                        .position = verdict.position};
    if (is_answered) operation.completed = to_wall(now);
    history_->write(operation);
  }

  // Rounded down, and measured by the monotonic clock from the start on.
  Timestamp to_wall(Monotonic time) const {
    return summary_.started_at + duration_cast<microseconds>(time - began_);
  }

  static void count(std::map<std::string, std::int64_t, std::less<>>& counts,
                    std::string_view what) {
    if (const auto found = counts.find(what); found != counts.end()) {
      ++found->second;
    } else {
      counts.emplace(what, 1);
    }
  }

  void sweep_later() {
    sweep_timer_.expires_after(limits::load_sweep_interval);
    sweep_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) sweep();
    });
  }

  // What no answer will end: timeouts, closed connections, seconds that are over.
  void sweep() {
    const Monotonic now = clock_.monotonic();
    const Monotonic too_old = now - plan_.answer_time_max;
    const ScannedVerdict late{
        .outcome = Outcome::timeout, .code = {}, .coupon_id = {}, .issue_no = {}};
    for (const auto& connection : connections_) {
      std::optional<Press>& press = in_flight_[connection->number()];
      if (press && press->intended < too_old) {
        const Press lost = *press;
        press.reset();
        --in_flight_count_;
        connection->close();
        end(lost, late, {});
      }
      if (!connection->is_open()) reconnect(*connection);
    }
    while (!backlog_.empty() && backlog_.front().intended < too_old) {
      const Press lost = backlog_.front();
      backlog_.pop_front();
      end(lost, late, {});
    }
    while (now - began_ >= std::chrono::seconds(std::ssize(summary_.seconds) + 1)) close_second();
    tell_progress(now);
    if (!done_) sweep_later();
  }

  void close_second() {
    second_.p50_us = second_latency_.percentile(50);
    second_.p99_us = second_latency_.percentile(99);
    second_.max_us = second_latency_.max();
    summary_.seconds.push_back(second_);
    second_ = {};
    second_latency_.clear();
  }

  void tell_progress(Monotonic now) {
    if (!on_tick_) return;
    Progress progress{.elapsed = now - began_,
                      .planned = plan_.duration,
                      .due = summary_.requests,
                      .in_flight = in_flight_count_,
                      .backlog = static_cast<std::int64_t>(backlog_.size()),
                      .outcomes = summary_.outcomes};
    if (summary_.seconds.empty()) {
      progress.p50_us = second_latency_.percentile(50);
      progress.p99_us = second_latency_.percentile(99);
    } else {
      progress.p50_us = summary_.seconds.back().p50_us;
      progress.p99_us = summary_.seconds.back().p99_us;
    }
    on_tick_(progress);
  }

  void stop_when_done() {
    if (next_ || in_flight_count_ > 0 || !backlog_.empty()) return;
    done_ = true;
    sweep_timer_.cancel();
    tell_progress(clock_.monotonic());
    io_.stop();
  }

  const Plan plan_;  // constant
  const Clock& clock_;
  HistoryWriter* const history_;  // may be null
  Callback<void(const Progress&)> on_tick_;
  Schedule schedule_;
  ShopperOrder shoppers_;
  const RequestText request_;

  asio::io_context io_{1};
  asio::steady_timer due_timer_{io_};
  asio::steady_timer sweep_timer_{io_};
  std::vector<std::unique_ptr<ShopperConnection>> connections_;  // by number
  std::vector<std::optional<Press>> in_flight_;                  // by number of the connection
  std::vector<bool> is_free_;                                    // by number of the connection
  std::deque<std::size_t> free_;
  std::deque<Press> backlog_;  // bounded by limits::load_requests_max
  std::int64_t in_flight_count_ = 0;
  std::string last_failure_;

  bool started_ = false;
  bool done_ = false;
  Monotonic began_;
  Monotonic last_end_;
  std::optional<std::chrono::nanoseconds> next_;
  SecondSeen second_;
  Histogram second_latency_;
  Summary summary_;
};

}  // namespace

Result<void> check(const Plan& plan) {
  const auto outside = [](std::string field, double max) {
    return invalid_field(std::move(field), fmt::format("must be above 0, at most {:.0f}", max));
  };
  const double requests = plan.rate * std::chrono::duration<double>(plan.duration).count();
  if (!(plan.rate > 0 && plan.rate <= limits::load_rate_max)) {
    return outside("rate", limits::load_rate_max);
  }
  if (plan.duration.count() <= 0) return invalid_field("duration", "must be above 0");
  if (requests > static_cast<double>(limits::load_requests_max)) {
    return invalid_field("rate", fmt::format("times the duration is more than {} requests",
                                             limits::load_requests_max));
  }
  if (plan.shoppers == 0 || plan.shoppers > limits::load_shoppers_max) {
    return outside("shoppers", limits::load_shoppers_max);
  }
  if (plan.connections == 0 || plan.connections > limits::load_connections_max) {
    return outside("connections", static_cast<double>(limits::load_connections_max));
  }
  if (plan.answer_time_max.count() <= 0) return invalid_field("timeout", "must be above 0");
  if (!is_shop_id(shopper_name(plan, 0))) {
    return invalid_field("prefix", "must be 1 to 55 of A-Z a-z 0-9 . _ : @ -");
  }
  return {};
}

Result<Summary> generate(const Plan& plan, const Clock& clock, HistoryWriter* history,
                         Callback<void(const Progress&)> on_tick) {
  if (Result<void> checked = check(plan); checked.has_error()) return checked.error();
  return Generator(plan, clock, history, std::move(on_tick)).run();
}

}  // namespace rushline::load
