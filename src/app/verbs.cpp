// The table of verbs with their options: what `--help`, the completion and docs/cli.md say.
#include "app/verbs.hpp"

#include <iterator>

#include "app/configured.hpp"
#include "app/output.hpp"
#include "app/remote.hpp"

namespace rushline::app {
namespace {

using Options = std::vector<Option>;

Options operator+(Options left, const Options& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Option option(std::string name, std::string value, std::string help, std::string usual = {},
              std::string choices = {}) {
  return {.name = std::move(name),
          .value = std::move(value),
          .help = std::move(help),
          .usual = std::move(usual),
          .choices = std::move(choices)};
}

Option repeatable(Option option) {
  option.is_repeatable = true;
  return option;
}

Options remote_and_format() { return remote_options() + Options{format_option()}; }

Options reason_option() {
  return Options{option("--reason", "TEXT", "why, for the record", "by hand")};
}

Options new_event_options() {
  return {
      option("--name", "TEXT", "what the event is called"),
      option("--quantity", "N", "how many coupons there are"),
      option("--discount", "KIND:VALUE", "what a coupon takes off: fixed:AMOUNT or rate:PERCENT"),
      option("--opens-at", "TIME", "RFC 3339; without it the event is open at once"),
      option("--closes-at", "TIME", "RFC 3339; without it the event never closes by time"),
      option("--coupon-valid-days", "N",
             "days after the day of issue on which a coupon can be used; without it for ever"),
      option("--ack", "WHEN", "what a request is answered with", "verdict", "verdict queued")};
}

Options load_options() {
  return {
      option("--event", "ID", "the coupon event"),
      option("--rate", "N/s", "requests per second", "1000/s"),
      option("--duration", "DURATION", "how long requests become due", "10s"),
      option("--shoppers", "N", "how many people press, each once before anybody twice", "10000"),
      option("--connections", "N", "keep-alive connections", "64"),
      option("--seed", "N", "fixes the order of the shoppers and the gaps", "1"),
      option("--spacing", "KIND", "gaps between requests", "constant", "constant poisson"),
      option("--prefix", "WORD", "shoppers are called WORD-00000001 and so on", "shopper"),
      repeatable(option("--threshold", "BOUND",
                        "such as p99<50ms, errors<1%, issued>=1000; missed: exit 7")),
      option("--report", "FILE", "writes a page for people: one HTML file, no network"),
      option("--json", "FILE", "writes every figure as JSON"),
      option("--history", "FILE", "writes every request as a JSON line, for verify")};
}

Options demo_options() {
  return {option("--shoppers", "N", "how many people want a coupon", "6000"),
          option("--quantity", "N", "how many coupons there are", "1000"),
          option("--duration", "DURATION", "how long the rush lasts", "5s"),
          option("--seed", "N", "fixes who comes when and what is bought", "7"),
          option("--distributed", "",
                 "two servers over a private PostgreSQL and a private Redis, which must be "
                 "installed"),
          option("--keep-running", "", "leaves the server up afterwards, until Ctrl-C")};
}

// A server is asked only when it is named.
Options doctor_options() {
  Options options{option("--strict", "", "exit 8 when anything but notes was found"),
                  option("--bundle", "FILE", "writes what support may ask for, without secrets")};
  for (Option& remote : remote_options()) {
    if (remote.name == "--target") {
      remote.help = "looks at this running server, too";
      remote.usual.clear();
    }
    options.push_back(std::move(remote));
  }
  options.push_back(format_option());
  return options;
}

std::vector<Verb> server_verbs() {
  return {{"serve",
           "runs the server until a signal ends it",
           "Applies pending migrations, prints `listening on http://HOST:PORT` on stderr when "
           "ready.\nThe first SIGTERM or SIGINT drains and ends with 0, a second ends at once.",
           {},
           setting_options(),
           serve_verb},
          {"demo",
           "shows a list, a drop and its proof, on a temporary database",
           "Starts a server on a free port of this machine, sells, opens a drop, lets shoppers "
           "rush\nover real HTTP, and verifies what is left. Exit 6 when it does not hold.",
           {},
           demo_options(),
           demo}};
}

std::vector<Verb> remote_verbs() {
  const std::vector<Positional> id{{"ID"}};
  return {{"event create",
           "makes a coupon event",
           "",
           {},
           new_event_options() + remote_and_format(),
           event_create},
          {"event list",
           "lists coupon events, the newest first",
           "",
           {},
           Options{option("--limit", "N", "at most so many", "50")} + remote_and_format(),
           event_list},
          {"event show", "shows a coupon event", "", id, remote_and_format(), event_show},
          {"event pause", "takes no requests until resumed", "", id,
           reason_option() + remote_and_format(), event_pause},
          {"event resume", "takes requests again", "", id, reason_option() + remote_and_format(),
           event_resume},
          {"event close", "ends a coupon event for good", "", id,
           reason_option() + remote_and_format(), event_close},
          {"rank top",
           "shows the best sellers",
           "",
           {},
           Options{option("--window", "DAYS", "days that count, today included", "3d", "1d 3d"),
                   option("--limit", "N", "at most so many", "5")} +
               remote_and_format(),
           rank_top},
          {"rank rebuild",
           "counts all sales anew, in the database itself",
           "Makes each day's total of each product what its completed orders and purchases say, as "
           "one\nrevision of the record: every board follows it, also while a server runs.",
           {},
           setting_options({"database.url"}) + Options{format_option()},
           rank_rebuild},
          {"claim",
           "presses the button: one request for a coupon",
           "Being sold out is an answer (exit 0); a refusal (closed, paused, not open) is exit 5.",
           {{"EVENT"}, {"USER"}},
           Options{option("--wait", "SECONDS", "how long to wait for the verdict, 0 to 30", "2")} +
               remote_and_format(),
           claim},
          {"load",
           "presses the button for many, at fixed times, and measures",
           "Latency is measured from the moment at which a request was due, however slowly the "
           "server\nanswers. On a terminal it shows how far it is.",
           {},
           load_options() + remote_and_format(),
           load_verb}};
}

std::vector<Verb> local_verbs() {
  return {
      {"verify",
       "holds what is stored, and what was told, against the promises",
       "Reads one snapshot, also while a server runs. Without --history: S1, S2, S7, S8, numbers, "
       "\norders, coupons, stock. With it also what was told: S1 to S9 and L1, as far as it "
       "shows anything.\nExit 6 on a discrepancy.",
       {},
       Options{option("--event", "ID", "checks the coupons of this event only"),
               repeatable(option("--history", "FILE", "what shoppers saw, from load --history")),
               option("--answer-within", "DURATION", "the bound of L1", "2s"),
               option("--clock-error", "DURATION",
                      "how far the database's clock may be from the history's; without it stored "
                      "times are not compared"),
               format_option()} +
           setting_options({"database.url"}),
       verify_verb},
      {"doctor",
       "says what is unsafe here: settings, database, Redis, machine",
       "Looks and changes nothing. Each finding says what, so what, and what to do. Exit 4 when "
       "something\ncannot be reached, 8 with --strict when anything but notes was found.",
       {},
       doctor_options() + setting_options(),
       doctor_verb},
      {"migrate status",
       "lists the steps of the schema",
       "",
       {},
       setting_options({"database.url"}) + Options{format_option()},
       migrate_status},
      {"migrate up",
       "applies the pending steps of the schema",
       "",
       {},
       Options{option("--dry-run", "", "says what it would do")} +
           setting_options({"database.url"}) + Options{format_option()},
       migrate_up},
      {"config show",
       "shows every setting with the value that won",
       "",
       {},
       Options{option("--origin", "", "says where each value comes from"), format_option()} +
           setting_options(),
       config_show},
      {"config validate",
       "says whether a server could start with these settings",
       "",
       {},
       setting_options(),
       config_validate},
      {"key create",
       "makes an API key, or a secret for shopper tokens",
       "The key is shown once and stored nowhere; the line with its hash belongs into the file "
       "that\n`serve --keys` reads. With --shopper it is a secret with which the shop signs "
       "tokens for its\nshoppers; its line belongs into the file of `serve --shopper-secrets`. A "
       "server sees within a\nsecond that a file was replaced.",
       {{"NAME"}},
       {option("--scopes", "LIST", "what it may do: shop, admin or both", "shop"),
        option("--shopper", "", "makes a secret that signs shopper tokens instead"),
        option("--keys", "FILE", "appends the line to this file"), format_option()},
       key_create},
      {"completion bash",
       "prints the completion for bash",
       "Use it with: source <(rushline completion bash)",
       {},
       {},
       completion_bash},
      {"version", "shows which Rushline this is", "", {}, {format_option()}, version_verb}};
}

std::vector<Verb> collected() {
  std::vector<Verb> verbs = server_verbs();
  for (auto more : {remote_verbs(), local_verbs()}) {
    std::move(more.begin(), more.end(), std::back_inserter(verbs));
  }
  return verbs;
}

}  // namespace

std::span<const Verb> all_verbs() {
  static const std::vector<Verb> verbs = collected();
  return verbs;
}

}  // namespace rushline::app
