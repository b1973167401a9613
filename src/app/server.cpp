// How a server comes up and goes down: threads, lists, jobs, listeners, and back in reverse.
#include "app/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "app/key_files.hpp"
#include "app/observe.hpp"
#include "app/start_failure.hpp"
#include "app/supervision.hpp"
#include "app/wiring.hpp"
#include "core/watch_limits.hpp"
#include "http/lifecycle.hpp"
#include "http/request_log.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"
#include "ops/bounded_database.hpp"
#include "ops/database_probe.hpp"
#include "ops/ops_api.hpp"
#include "ops/primary_findings.hpp"
#include "runtime/background_log.hpp"
#include "runtime/descriptors.hpp"
#include "runtime/event_loops.hpp"
#include "runtime/housekeeping.hpp"
#include "runtime/log.hpp"
#include "runtime/process_watch.hpp"
#include "runtime/system_clock.hpp"
#include "runtime/version.hpp"

namespace rushline::app {
namespace {

// The value of a result without which there is no start.
template <class T>
T or_fail(Result<T> result) {
  if (result.has_value()) {
    if constexpr (std::is_void_v<T>) {
      return;
    } else {
      return std::move(*result);
    }
  }
  throw StartFailure(result.error());
}

ShopCalendar calendar_of(const runtime::Settings& settings) {
  return or_fail(ShopCalendar::in_zone(settings.time_zone));
}

http::Access first_keys(const runtime::Settings& settings, KeyFiles& files) {
  or_fail(runtime::check_exposure(settings));
  or_fail(runtime::check_shopper_secrets(settings));
  return or_fail(files.read());
}

std::size_t loop_count(const runtime::Settings& settings) {
  return settings.http_threads == 0 ? runtime::processor_count() : settings.http_threads;
}

http::ServerLimits limits_of(const runtime::Settings& settings) {
  http::ServerLimits server_limits;
  server_limits.connections_max = settings.http_connections_max;
  server_limits.body_bytes_max = settings.http_body_bytes_max;
  return server_limits;
}

std::vector<http::Loop*> loops_of(http::Server& server) {
  std::vector<http::Loop*> loops;
  for (std::size_t i = 0; i < server.loop_count(); ++i) loops.push_back(&server.loop(i));
  return loops;
}

// Every api of the HTTP interface, joined to the domains.
struct Apis {
  // What clients ask of the database goes through `bounded`; what the server itself needs, and what
  // must answer also in a rush, does not.
  Apis(http::Server& server, Backend& backend, Database& bounded, Wiring& wiring,
       http::RateLimits& rates, const http::Lifecycle& lifecycle,
       std::chrono::milliseconds verdict_wait, ops::Observe observe,
       std::function<http::Degraded()> degraded)
      : writes(bounded, backend.idempotency()),
        operator_writes(backend.database(), backend.idempotency()),
        polls(
            loops_of(server), bounded,
            [&wiring](CouponEventId event) { return wiring.admission.version(event); },
            [&server] { return server.is_draining(); }),
        products(bounded, wiring.products, writes),
        orders(bounded, wiring.orders, writes),
        purchases(wiring.purchases, writes),
        rankings(bounded, wiring.list, wiring.standing),
        events(bounded, wiring.events, wiring.admission, operator_writes),
        requests(loops_of(server), bounded, wiring.events, wiring.admission, writes, polls, rates,
                 verdict_wait),
        coupons(bounded, wiring.events, polls),
        streams(loops_of(server), backend.database(), wiring.events, wiring.admission),
        health(lifecycle, std::move(degraded)),
        operations(backend.database(), backend.sales(), std::move(observe)) {}

  http::KeyedWrites writes;
  http::KeyedWrites operator_writes;  // an event can be paused also in a rush
  http::LongPolls polls;
  http::ProductApi products;
  http::OrderApi orders;
  http::PurchaseApi purchases;
  http::RankingApi rankings;
  http::CouponEventApi events;
  http::CouponRequestApi requests;
  http::CouponApi coupons;
  http::StreamApi streams;
  http::HealthApi health;
  ops::OpsApi operations;
};

}  // namespace

// In the order of their making; ended in reverse.
struct Server::Parts {
  explicit Parts(const runtime::Settings& given)
      : settings(given),
        log(settings.log_level, settings.log_format),
        calendar(calendar_of(settings)),
        key_files(settings),
        keyring(first_keys(settings, key_files)),
        backend(or_fail(make_backend(settings, calendar, clock))),
        follower_wake(ranking_jobs.add(
            {"follow sales", limits::list_poll_interval, {}, [this] { follow_sales(); }})),
        wiring(*backend, calendar, clock, settings, follower_wake),
        probe(backend->database(), backend->sales(), clock),
        loops(loop_count(settings)),
        rates({settings.http_key_rate, settings.http_key_burst},
              {settings.http_user_rate, settings.http_user_burst}),
        http(loops, keyring, rates, clock, limits_of(settings),
             or_fail(http::Cors::for_origins(settings.http_cors_origins))),
        request_log(background_log, settings.slow_request_time),
        supervision(loops, backend->database(), clock, log),
        bounded(backend->database(), clock),
        apis(
            http, *backend, bounded, wiring, rates, lifecycle, settings.verdict_wait,
            [this] { return observe(); }, [this] { return degraded(); }) {}

  void start();
  void start_lines();
  Result<void> refuse_lines(Transaction& transaction);
  void listen();
  void add_jobs();
  Result<std::int64_t> expire_unpaid();
  Result<std::int64_t> forget_keys();
  void look_at_keys();
  void go_on(const Result<std::int64_t>& done, std::int64_t batch_max,
             const std::optional<runtime::Housekeeping::Wake>& wake, std::string_view what_failed);
  void follow_sales();
  ops::Observation observe() const;
  http::Degraded degraded() const;
  void drain();
  void stop();

  const runtime::Settings settings;
  runtime::Log log;
  runtime::SystemClock clock;
  const Monotonic started = clock.monotonic();
  ShopCalendar calendar;
  KeyFiles key_files;  // upkeep job only, once it runs
  http::Keyring keyring;
  http::Lifecycle lifecycle;
  std::unique_ptr<Backend> backend;
  runtime::Threads database_threads;
  runtime::Housekeeping ranking_jobs;  // the follower alone: it may wait for a board
  runtime::Housekeeping::Wake follower_wake;
  Wiring wiring;
  ops::DatabaseProbe probe;
  runtime::ProcessWatch process;
  runtime::Housekeeping upkeep_jobs;
  runtime::Housekeeping quick_jobs;                        // never blocks
  std::optional<runtime::Housekeeping::Wake> expiry_wake;  // constant once the jobs run
  std::optional<runtime::Housekeeping::Wake> forget_wake;  // the same
  runtime::EventLoops loops;
  http::RateLimits rates;
  http::Server http;
  runtime::BackgroundLog background_log{log, limits::request_lines_waiting_max};
  http::RequestLog request_log;
  Supervision supervision;
  ops::BoundedDatabase bounded;
  Apis apis;
  http::Router router;
  http::Router operator_router;
  std::string address;
  std::once_flag drained;
  bool follows = true;  // ranking job only: whether the last run succeeded
};

void Server::Parts::start() {
  std::size_t connections = settings.http_connections_max + limits::http_refused_connections_max;
  if (settings.admin_listen) {
    connections += limits::http_admin_connections_max + limits::http_refused_connections_max;
  }
  const std::size_t wanted = connections + limits::descriptors_beside_connections;
  if (const std::size_t allowed = runtime::allow_descriptors(wanted);
      allowed < settings.http_connections_max) {
    log.warning("the system allows fewer open files than connections are configured",
                {{"open_files", allowed}, {"http.connections_max", settings.http_connections_max}});
  }
  backend->start(database_threads);
  or_fail(backend->database().write_and_wait([this](Transaction& transaction) {
    return backend->keep_time_zone(transaction, settings.time_zone);
  }));
  // What the first unit of work has seen.
  for (const ops::Finding& unsafe : ops::unsafe_settings(backend->observe_primary())) {
    log.warning(unsafe.what, {{"so_what", unsafe.so_what}, {"do_this", unsafe.do_this}});
  }
  start_lines();
  auto followed = wiring.follower.run_once();
  // Lists can wait for Redis, whose followers make up for it; not for the database. A board in this
  // process is whole before anybody asks for it.
  if (backend->redis() == nullptr) {
    while (or_fail(followed)) followed = wiring.follower.run_once();
  }
  add_jobs();
  background_log.start();
  http.log_requests(request_log);
  loops.start();
  listen();
  lifecycle.enter(http::Phase::ready);
  supervision.ready("listening on " + address);
}

// Redis is used from the first request on if it can be reached, and later by itself if it cannot.
void Server::Parts::start_lines() {
  if (backend->redis() == nullptr) {
    return or_fail(backend->database().read_and_wait(
        [this](Transaction& transaction) { return refuse_lines(transaction); }));
  }
  backend->redis()->start();
  if (backend->redis()->wait_until_healthy(limits::redis_start_time_max)) {
    or_fail(wiring.admission.open_lines(limits::lines_open_time_max));
  } else {
    log.warning("Redis cannot be reached; drops go through the database until it can",
                {{"redis", backend->redis()->name()}});
  }
}

// Without Redis, requests would be refused that stand in a line there.
Result<void> Server::Parts::refuse_lines(Transaction& transaction) {
  const auto events = backend->coupons().undecided_events(transaction, transaction.now(),
                                                          limits::lines_looked_at_max);
  if (events.has_error()) return events.error();
  const auto in_line =
      std::ranges::count(*events, coupons::Mode::redis, &coupons::CouponEvent::mode);
  if (in_line == 0) return {};
  return fail(Errc::configuration,
              fmt::format("{} coupon events of this database go through Redis, and this server was "
                          "started without it. Give it the --redis of the other servers.",
                          in_line));
}

void Server::Parts::listen() {
  http::Router& operators = settings.admin_listen ? operator_router : router;
  http::add_shop_routes(router, operators, apis.products, apis.orders, apis.purchases,
                        apis.rankings, apis.events, apis.requests, apis.coupons, apis.streams);
  http::add_operator_routes(
      operators, apis.health,
      [this](const http::Request& request, http::Responder responder) {
        apis.operations.metrics(request, responder);
      },
      [this](const http::Request& request, http::Responder responder) {
        apis.operations.status(request, responder);
      });
  if (settings.admin_listen) {
    const auto bound = or_fail(
        http.listen(to_text(*settings.admin_listen), operator_router, http::ListenerKind::admin));
    log.info("operators listen", {{"address", "http://" + bound}});
  }
  address = "http://" + or_fail(http.listen(to_text(settings.listen), router));
  if (runtime::shows_metrics_to_all(settings)) {
    log.warning("everybody who reaches this server can read its metrics",
                {{"do_this", "set admin_listen, and let a firewall keep others from its port"}});
  }
}

void Server::Parts::add_jobs() {
  expiry_wake = upkeep_jobs.add({"expire unpaid orders", limits::order_expiry_interval, {}, [this] {
                                   const auto expired = expire_unpaid();
                                   go_on(expired, limits::order_expiry_batch_max, expiry_wake,
                                         "unpaid orders could not be expired");
                                 }});
  forget_wake =
      upkeep_jobs.add({"forget idempotency keys", limits::idempotency_forget_interval, {}, [this] {
                         const auto forgotten = forget_keys();
                         go_on(forgotten, limits::idempotency_forget_batch_max, forget_wake,
                               "old idempotency keys could not be forgotten");
                       }});
  upkeep_jobs.add({"tell of lines left out", limits::left_out_lines_interval, {}, [this] {
                     request_log.tell_left_out();
                   }});
  if (!settings.keys_file.empty()) {
    upkeep_jobs.add({"look at keys", limits::keys_look_interval, {}, [this] { look_at_keys(); }});
  }
  quick_jobs.add(
      {"ask the database", limits::database_probe_interval, {}, [this] { probe.ask(); }});
  quick_jobs.add(
      {"look at the process", limits::process_look_interval, {}, [this] { process.look(); }});
  quick_jobs.add({"look at replication", limits::replication_look_interval, {}, [this] {
                    backend->look_at_standbys();
                    if (backend->redis() != nullptr) backend->redis()->look_at_replicas();
                  }});
  // A file on this machine needs neither lines nor a second try.
  if (backend->observe_primary().hosts > 0) {
    quick_jobs.add({"lines", limits::line_tick_interval, {}, [this] { wiring.admission.tick(); }});
  }
  // Apart from the follower, which may hang with what it waits for.
  quick_jobs.add({"watch lists", limits::list_watch_interval, {}, [this] {
                    wiring.list.watch(clock.monotonic());
                  }});
  ranking_jobs.start("follower");
  upkeep_jobs.start("upkeep");
  quick_jobs.start("ticks");
}

Result<std::int64_t> Server::Parts::expire_unpaid() {
  return backend->database().write_and_wait([this](Transaction& transaction) {
    return wiring.orders.expire_unpaid(transaction, limits::order_expiry_batch_max);
  });
}

Result<std::int64_t> Server::Parts::forget_keys() {
  return backend->database().write_and_wait([this](Transaction& transaction) {
    return backend->idempotency().forget_expired(transaction, limits::idempotency_forget_batch_max);
  });
}

void Server::Parts::look_at_keys() {
  if (!key_files.have_changed()) return;
  auto access = key_files.read();
  if (access.has_error()) {
    return log.error("the keys were replaced by something else; the old ones stay in force",
                     {{"error", access.error().detail}});
  }
  const std::vector<std::string> names = access->key_names();
  keyring.replace(*std::move(access));
  rates.forget_all_but(names);
  log.info("the keys were replaced");
}

// After a whole batch the job runs again at once: what falls due in a rush must not pile up.
void Server::Parts::go_on(const Result<std::int64_t>& done, std::int64_t batch_max,
                          const std::optional<runtime::Housekeeping::Wake>& wake,
                          std::string_view what_failed) {
  if (done.has_error()) {
    log.warning(what_failed, {{"error", done.error().detail}});
  } else if (*done == batch_max) {
    (*wake)();
  }
}

void Server::Parts::follow_sales() {
  const auto followed = wiring.follower.run_once();
  if (followed.has_error() && follows) {
    log.warning("the lists cannot follow the sales", {{"error", followed.error().detail}});
  }
  if (followed.has_value() && !follows) log.info("the lists follow the sales again");
  follows = followed.has_value();
  if (followed.has_value() && *followed) follower_wake();
}

// What the parts tell by themselves, and what only all of them together do.
ops::Observation Server::Parts::observe() const {
  const Monotonic now = clock.monotonic();
  ops::Observation seen{
      .version = std::string(runtime::version()),
      .commit = std::string(runtime::commit()),
      .phase = lifecycle.phase(),
      .uptime = std::chrono::duration_cast<std::chrono::seconds>(now - started),
      .now = clock.now(),
      .server = http.counts(),
      .rates = rates.counts(),
      .admission = wiring.admission.counts(),
      .database = observe_database(backend->database().counts(), probe.is_up(), now),
      .bounded_reads = bounded.reads(),
      .bounded_writes = bounded.writes(),
      .primary = backend->observe_primary(),
      .redis = observe_redis(backend->redis(), now),
      .process = process.last(),
      .list = wiring.list.freshness(),
      .follower = wiring.follower.counts()};
  seen.list_followed_age = std::chrono::duration_cast<std::chrono::microseconds>(
      now - seen.follower.followed_at.value_or(started));
  fill_limits(seen, settings, apis.polls.waiting(), background_log.waiting());
  return seen;
}

http::Degraded Server::Parts::degraded() const {
  const RedisSide* const redis = backend->redis();
  return {.database = !probe.is_up(), .redis = redis != nullptr && !redis->is_whole()};
}

void Server::Parts::drain() {
  std::call_once(drained, [this] {
    lifecycle.enter(http::Phase::draining);
    supervision.stopping();
    std::this_thread::sleep_for(settings.http_drain_delay);
    // Held together with the callback, which may come after the wait has given up.
    auto empty = std::make_shared<std::promise<void>>();
    auto emptied = empty->get_future();
    http.begin_drain([empty] { empty->set_value(); });
    if (emptied.wait_for(settings.http_drain_time) != std::future_status::ready) {
      log.warning("some connections did not end in time and are cut",
                  {{"open", http.counts().connections_open}});
    }
    stop();
  });
}

// Database first, so that whoever still waits is told; then those who could be told.
void Server::Parts::stop() {
  supervision.stop();
  ranking_jobs.stop();
  upkeep_jobs.stop();
  quick_jobs.stop();
  backend->stop();
  database_threads.join();
  if (backend->redis() != nullptr) backend->redis()->stop();
  loops.stop();
  request_log.tell_left_out();
  background_log.stop();
}

Server::Server(const runtime::Settings& settings) : parts_(std::make_unique<Parts>(settings)) {
  try {
    parts_->start();
  } catch (...) {
    parts_->stop();
    throw;
  }
}

Server::~Server() { drain(); }

const std::string& Server::address() const { return parts_->address; }

void Server::drain() { parts_->drain(); }

}  // namespace rushline::app
