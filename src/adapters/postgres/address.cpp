// libpq reads the URL; what it leaves open is filled in, what must hold is put over it.
#include "adapters/postgres/address.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "core/limits.hpp"

namespace rushline::postgres {
namespace {

using Parameters = Address::Parameters;

std::optional<std::string> value_of(const Parameters& parameters, const std::string& keyword) {
  const auto found =
      std::ranges::find(parameters, keyword, [](const auto& parameter) { return parameter.first; });
  if (found == parameters.end()) return std::nullopt;
  return found->second;
}

void set(Parameters& parameters, const std::string& keyword, std::string value) {
  std::erase_if(parameters, [&](const auto& parameter) { return parameter.first == keyword; });
  parameters.emplace_back(keyword, std::move(value));
}

void set_default(Parameters& parameters, const std::string& keyword, std::string value) {
  if (!value_of(parameters, keyword)) parameters.emplace_back(keyword, std::move(value));
}

template <class Duration>
std::int64_t milliseconds(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

// Bounds that the server keeps for every session. Behind a pooler each transaction sets them.
std::string session_options(const Parameters& parameters) {
  std::string given = value_of(parameters, "options").value_or("");
  if (!given.empty()) given += ' ';
  return given + fmt::format(
                     "-c statement_timeout={} -c lock_timeout={} "
                     "-c idle_in_transaction_session_timeout={}",
                     milliseconds(limits::postgres_statement_time_max),
                     milliseconds(limits::postgres_lock_time_max),
                     milliseconds(limits::postgres_idle_in_transaction_max));
}

// libpq separates by commas, and takes an empty word for its default.
std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words(1);
  for (const char c : list) {
    if (c == ',') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

// A slash in a password ends what libpq takes for host and port: the rest of the password would be
// a port or the beginning of the database's name, and be told as such.
bool holds_a_torn_password(const Parameters& parameters) {
  const auto is_port = [](const std::string& word) {
    return word.size() <= 5 && word.find_first_not_of("0123456789") == std::string::npos;
  };
  return !std::ranges::all_of(words_of(value_of(parameters, "port").value_or("")), is_port) ||
         value_of(parameters, "dbname").value_or("").find('@') != std::string::npos;
}

std::vector<Address::Host> hosts_of(const Parameters& parameters) {
  const auto addresses = words_of(value_of(parameters, "hostaddr").value_or(""));
  auto names = words_of(value_of(parameters, "host").value_or(""));
  const auto ports = words_of(value_of(parameters, "port").value_or(""));
  names.resize(std::max(names.size(), addresses.size()));
  std::vector<Address::Host> hosts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string& name = names[i];
    if (name.empty() && i < addresses.size()) name = addresses[i];
    hosts.push_back({name, ports[ports.size() == 1 ? 0 : std::min(i, ports.size() - 1)]});
  }
  return hosts;
}

// One word counts for every host.
std::string rotated(const std::string& list, std::size_t first) {
  auto words = words_of(list);
  if (words.size() == 1) return list;
  std::ranges::rotate(words, words.begin() + std::ptrdiff_t(first % words.size()));
  return fmt::format("{}", fmt::join(words, ","));
}

std::string name_for_people(const Parameters& parameters) {
  const auto host = value_of(parameters, "host");
  const auto database = value_of(parameters, "dbname");
  return fmt::format("{} at {}", database.value_or("(default)"),
                     host && !host->empty() ? *host : "this machine");
}

}  // namespace

Result<Address> Address::parse(const std::string& url, Pooler pooler) {
  // What libpq says of a wrong URL may quote the password: it is not repeated.
  const auto unreadable = [] {
    return fail(Errc::configuration,
                "The address of the PostgreSQL database cannot be read. Write it as "
                "postgresql://USER@HOST:PORT/NAME, with every special character of a user name or "
                "password written as %XX.");
  };
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree);
  if (options == nullptr) return unreadable();
  Address address;
  address.pooler_ = pooler;
  Parameters& parameters = address.parameters_;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.emplace_back(option->keyword, option->val);
  }
  if (holds_a_torn_password(parameters)) return unreadable();
  address.name_ = name_for_people(parameters);
  address.hosts_ = hosts_of(parameters);
  set_default(parameters, "connect_timeout",
              std::to_string(std::chrono::seconds(limits::postgres_connect_time_max).count()));
  set_default(parameters, "application_name", "rushline");
  set_default(parameters, "gssencmode", "disable");
  set_default(parameters, "keepalives_idle", "10");
  set_default(parameters, "keepalives_interval", "3");
  set_default(parameters, "keepalives_count", "3");
  set_default(parameters, "tcp_user_timeout",
              std::to_string(milliseconds(limits::postgres_answer_time_max)));
  set(parameters, "target_session_attrs", "read-write");
  set(parameters, "client_encoding", "UTF8");
  if (pooler == Pooler::none) set(parameters, "options", session_options(parameters));
  return address;
}

Address::Parameters Address::parameters_from(std::size_t first) const {
  Parameters turned = parameters_;
  for (auto& [keyword, value] : turned) {
    if (keyword == "host" || keyword == "hostaddr" || keyword == "port") {
      value = rotated(value, first);
    }
  }
  return turned;
}

}  // namespace rushline::postgres
