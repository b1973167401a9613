// The verb `demo`: a shop from the first sale to the proof of its drop, in a quarter of a minute.
//
// A server in this process on a temporary database; everything else goes over real HTTP, as a shop
// would do it.
#include <fmt/format.h>
#include <stdlib.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <future>
#include <iterator>
#include <optional>
#include <thread>

#include "app/demo_screen.hpp"
#include "app/demo_shop.hpp"
#include "app/failure.hpp"
#include "app/load_progress.hpp"
#include "app/output.hpp"
#include "app/private_servers.hpp"
#include "app/server.hpp"
#include "app/stored_shop.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "app/verification_text.hpp"
#include "core/limits.hpp"
#include "load/generator.hpp"
#include "runtime/signals.hpp"
#include "runtime/system_clock.hpp"
#include "verify/history.hpp"
#include "verify/history_checks.hpp"
#include "verify/stored_checks.hpp"

namespace rushline::app {
namespace {

using namespace std::chrono_literals;

constexpr auto time_before_drop = 4s;
constexpr auto frame_time = 120ms;
constexpr double presses_per_shopper = 1.25;  // a quarter press twice
constexpr std::int64_t ordering_winners_max = 40;

// A folder that goes away with the demo, also when a signal ends it.
class DemoFolder {
 public:
  DemoFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "rushline-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw VerbFailure(ExitCode::configuration, "configuration",
                        fmt::format("no folder can be made at {}: {}", name, std::strerror(errno)),
                        "set TMPDIR to a folder that you may write to");
    }
    path_ = name;
  }
  ~DemoFolder() { remove(); }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;

  void remove() const {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }
  std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;  // constant
};

// Before the show is over a signal ends the process at once and leaves nothing behind; afterwards
// it ends the waiting of --keep-running.
class DemoEnd {
 public:
  explicit DemoEnd(const DemoFolder& folder)
      : folder_(folder), signals_([this](int signal) { on_signal(signal); }) {}

  void wait() {
    is_waiting_ = true;
    ended_.get_future().wait();
  }

 private:
  void on_signal(int signal) {
    if (!is_waiting_) {
      folder_.remove();
      std::_Exit(128 + signal);
    }
    ended_.set_value();
  }

  const DemoFolder& folder_;
  std::atomic<bool> is_waiting_ = false;
  std::promise<void> ended_;
  runtime::EndSignals signals_;  // last: it ends first
};

// `servers`: null on the embedded default.
runtime::Settings settings_of(const DemoFolder& folder, const PrivateServers* servers) {
  runtime::Settings settings;
  settings.listen = {"127.0.0.1", 0};
  settings.database_url = servers ? servers->database_url() : "sqlite:" + folder.file("demo.db");
  if (servers) settings.redis_url = servers->redis_url();
  settings.log_level = runtime::LogLevel::error;
  return settings;
}

class Demo {
 public:
  Demo(const Arguments& arguments, Console& console)
      : console_(console),
        screen_(console.out),
        shoppers_(static_cast<std::uint32_t>(
            count_of(arguments, "--shoppers", 1, limits::load_shoppers_max))),
        quantity_(count_of(arguments, "--quantity", 1, limits::event_quantity_max)),
        rush_time_(duration_of(arguments, "--duration")),
        seed_(static_cast<std::uint64_t>(count_of(arguments, "--seed", 0, json_integer_max))),
        is_distributed_(arguments.is_set("--distributed")),
        keeps_running_(arguments.is_set("--keep-running")) {
    plan_.shoppers = shoppers_;
    plan_.duration = rush_time_;
    plan_.rate =
        presses_per_shopper * shoppers_ / std::chrono::duration<double>(rush_time_).count();
    plan_.spacing = load::Spacing::poisson;
    plan_.seed = seed_;
    const Result<void> checked = load::check(plan_);
    if (checked.has_error()) {
      throw usage_failure(checked.error().detail, "see `rushline demo --help`");
    }
  }

  ExitCode run() {
    const DemoFolder folder;
    DemoEnd end(folder);
    std::optional<PrivateServers> below;
    if (is_distributed_) below.emplace(folder.path());
    const runtime::Settings settings = settings_of(folder, below ? &*below : nullptr);
    Server server(settings);
    std::optional<Server> second;
    if (is_distributed_) second.emplace(settings);
    plan_.target = value_or_fail(http::parse_target(server.address()));
    screen_.tell(fmt::format("{}  {}", console_.out.in(Ink::bold, "Rushline demo"),
                             console_.out.in(Ink::dim, server.address())));
    if (second) {
      plan_.beside = {value_or_fail(http::parse_target(second->address()))};
      screen_.tell(console_.out.in(
          Ink::dim,
          fmt::format("and {}, over a PostgreSQL and a Redis of their own", second->address())));
    }
    DemoShop shop(Remote(plan_.target, "", limits::client_time_default), seed_);
    sell_until_drop(shop);
    const load::Summary rush = let_shoppers_rush(folder.file("history.jsonl"));
    orders_ = shop.let_winners_order(plan_.event.value, ordering_winners_max);
    const verify::Verification verification = verified(settings, folder);
    tell_the_end(rush, verification);
    if (keeps_running_) {
      screen_.tell(fmt::format("\nThe server stays up at {} until Ctrl-C.", server.address()));
      end.wait();
    }
    return verification.holds() ? ExitCode::ok : ExitCode::discrepancy;
  }

 private:
  void sell_until_drop(DemoShop& shop) {
    shop.stock_shelves();
    const Monotonic opens = clock_.monotonic() + time_before_drop;
    plan_.event = {shop.announce_drop(quantity_, clock_.now() + time_before_drop)};
    for (Monotonic frame = clock_.monotonic(); frame < opens; frame += frame_time) {
      purchases_ += shop.sell_some();
      screen_.show_shop(shop.best_sellers(), purchases_,
                        std::chrono::duration_cast<std::chrono::milliseconds>(opens - frame));
      std::this_thread::sleep_until(std::min(frame + frame_time, opens));
    }
    // The event opens by the database's clock, which is this machine's; a breath more is enough.
    std::this_thread::sleep_until(opens + 20ms);
    screen_.leave();
  }

  load::Summary let_shoppers_rush(const std::string& history_path) {
    load::HistoryWriter history = value_or_fail(load::HistoryWriter::create(history_path));
    load::Summary rush = value_or_fail(
        load::generate(plan_, clock_, &history, [this](const load::Progress& progress) {
          screen_.show_drop(progress, quantity_, shoppers_);
        }));
    value_or_fail(history.finish());
    screen_.leave();
    return rush;
  }

  static verify::Verification verified(const runtime::Settings& settings,
                                       const DemoFolder& folder) {
    verify::History history;
    value_or_fail(verify::read_history(folder.file("history.jsonl"), history));
    StoredShop shop(settings);
    return value_or_fail(shop.database().read_and_wait(
        [&](Transaction& transaction) -> Result<verify::Verification> {
          Result<verify::Verification> verification =
              verify::check_stored(transaction, shop.records(), shop.calendar(), {});
          if (verification.has_error()) return verification;
          const auto rest = verify::read_at_rest(transaction, shop.records(), history);
          if (rest.has_error()) return rest.error();
          std::vector<verify::Check> told =
              verify::check_history(history, *rest, {.clock_error = limits::local_clock_error});
          std::move(told.begin(), told.end(), std::back_inserter(verification->checks));
          return verification;
        }));
  }

  void row(std::string_view name, const std::string& text) {
    console_.out.line(
        fmt::format("  {}  {}", console_.out.in(Ink::dim, padded(name, 10, false)), text));
  }

  void tell_the_end(const load::Summary& rush, const verify::Verification& verification) {
    const auto count = [&](load::Outcome outcome) { return rush.outcomes[to_index(outcome)]; };
    Stream& out = console_.out;
    screen_.tell("\n" + out.in(Ink::bold, "What happened"));
    row("purchases", fmt::format("{}, and {} orders with a coupon ({} cancelled again)",
                                 with_thousands(purchases_), orders_.completed + orders_.cancelled,
                                 orders_.cancelled));
    row("shoppers", fmt::format("{} pressed {} times", with_thousands(shoppers_),
                                with_thousands(rush.requests)));
    row("coupons", fmt::format("{} of {} issued, saving {} so far",
                               with_thousands(count(load::Outcome::issued)),
                               with_thousands(quantity_), with_thousands(orders_.saved)));
    row("verdicts", counts_text(out, rush.outcomes));
    row("latency",
        fmt::format("p50 {}, p99 {}, max {}", latency_text(rush.latency.percentile(50)),
                    latency_text(rush.latency.percentile(99)), latency_text(rush.latency.max())));
    screen_.tell("\n" + out.in(Ink::bold, "What `rushline verify` says"));
    print_checks(out, verification);
    out.line(verification.holds() ? out.in(Ink::green, "Every promise holds.")
                                  : out.in(Ink::red, "A promise is broken."));
    out.flush();
  }

  Console& console_;
  DemoScreen screen_;
  const std::uint32_t shoppers_;               // constant
  const std::int64_t quantity_;                // constant
  const std::chrono::milliseconds rush_time_;  // constant
  const std::uint64_t seed_;                   // constant
  const bool is_distributed_;                  // constant
  const bool keeps_running_;                   // constant
  runtime::SystemClock clock_;
  load::Plan plan_;
  std::int64_t purchases_ = 0;
  OrdersMade orders_;
};

}  // namespace

ExitCode demo(const Arguments& arguments, Console& console) {
  return Demo(arguments, console).run();
}

}  // namespace rushline::app
