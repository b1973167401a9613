// initdb once per machine and build, a copy of its result per server.
#include "tests/support/postgres_server.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace rushline::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

const std::string programs = "/usr/lib/postgresql/15/bin/";
const std::string pgbouncer = "/usr/sbin/pgbouncer";
constexpr seconds start_time_max{60};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Where what initdb made is kept for the next server.
fs::path kept_cluster() {
  return fs::path(RUSHLINE_TEST_CACHE) / fmt::format("postgres-15-{}", ::geteuid());
}

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

void make_cluster(const fs::path& data, const std::string& log) {
  ChildProcess initdb(
      {programs + "initdb", "--pgdata=" + data.string(), "--username=postgres", "--auth=trust",
       "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=1"},
      log);
  int status = 0;
  if (!initdb.wait(start_time_max, &status) || status != 0) {
    throw std::runtime_error("initdb failed: " + text_of(log));
  }
}

// Several test programs may do this at once: the first rename wins, all copies are alike.
void make_data(const fs::path& data, const std::string& log) {
  if (fs::exists(kept_cluster())) {
    copy_folder(kept_cluster(), data);
  } else {
    make_cluster(data, log);
    const fs::path beside = kept_cluster().string() + fmt::format(".{}", ::getpid());
    fs::create_directories(beside.parent_path());
    copy_folder(data, beside);
    std::error_code taken;
    fs::rename(beside, kept_cluster(), taken);
    if (taken) fs::remove_all(beside);
  }
  fs::permissions(data, fs::perms::owner_all);
  give_to_server_user(data);
}

void wait_until_up(const std::string& url, ChildProcess& process, const std::string& log) {
  const bool is_up = eventually(
      [&] { return PQping(url.c_str()) == PQPING_OK || !process.is_running(); }, start_time_max);
  if (!is_up || !process.is_running()) {
    throw std::runtime_error("the server did not start: " + text_of(log));
  }
}

}  // namespace

bool PostgresServer::is_installed() { return fs::exists(programs + "postgres"); }

PostgresServer::PostgresServer(std::vector<std::string> settings)
    : settings_(std::move(settings)), port_(free_port()) {
  give_to_server_user(folder_.path());
  make_data(folder_ / "data", folder_ / "log");
  start();
}

PostgresServer::~PostgresServer() {
  process_.send(SIGQUIT);  // "immediate": nobody needs its data any more
  process_.wait(seconds(20));
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::start() {
  std::vector<std::string> command{programs + "postgres",
                                   "-D",
                                   folder_ / "data",
                                   "-p",
                                   std::to_string(port_),
                                   "-c",
                                   "listen_addresses=127.0.0.1",
                                   "-c",
                                   "unix_socket_directories=" + folder_.path().string(),
                                   "-c",
                                   "max_connections=200",
                                   "-c",
                                   "shared_buffers=32MB",
                                   "-c",
                                   "deadlock_timeout=100ms"};
  for (const std::string& setting : settings_) {
    command.emplace_back("-c");
    command.push_back(setting);
  }
  process_ = ChildProcess(command, folder_ / "log");
  wait_until_up(url("postgres"), process_, folder_ / "log");
}

void PostgresServer::stop() {
  process_.send(SIGINT);  // "fast"
  process_.wait(seconds(20));
  process_ = ChildProcess();
}

void PostgresServer::crash() {
  send_to_all(SIGKILL);
  process_.wait(seconds(20));
}

void PostgresServer::freeze() { send_to_all(SIGSTOP); }
void PostgresServer::thaw() { send_to_all(SIGCONT); }

// Its head first, so that it starts no other process meanwhile.
void PostgresServer::send_to_all(int signal) const {
  const auto children = children_of(process_.pid());
  process_.send(signal);
  for (const pid_t child : children) ::kill(child, signal);
}

std::string PostgresServer::url(const std::string& database) const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/{}", port_, database);
}

std::string PostgresServer::create_database() {
  const std::string name = fmt::format("test_{}", ++databases_);
  query("postgres", "CREATE DATABASE " + name);
  return name;
}

std::string PostgresServer::query(const std::string& database, const std::string& sql) const {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url(database).c_str()),
                                                              &PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                              &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

OpenTransaction::OpenTransaction(const PostgresServer& server, const std::string& database,
                                 const std::string& sql)
    : connection_(PQconnectdb(server.url(database).c_str())) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
      PQexec(connection_, ("BEGIN; " + sql).c_str()), &PQclear);
  if (PQtransactionStatus(connection_) == PQTRANS_INTRANS) return;
  const std::string words = PQerrorMessage(connection_);
  PQfinish(connection_);
  throw std::runtime_error(words);
}

OpenTransaction::~OpenTransaction() { PQfinish(connection_); }

bool PgBouncer::is_installed() { return fs::exists(pgbouncer); }

PgBouncer::PgBouncer(const PostgresServer& server) : port_(free_port()) {
  const std::string path = folder_ / "pgbouncer.ini";
  std::ofstream(path) << fmt::format(
      "[databases]\n* = host=127.0.0.1 port={} user=postgres\n"
      "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\n"
      "auth_type = any\npool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n"
      "server_idle_timeout = 1\n",
      server.port(), port_);
  give_to_server_user(folder_.path());
  process_ = ChildProcess({pgbouncer, path}, folder_ / "log");
  wait_until_up(url("postgres"), process_, folder_ / "log");
}

PgBouncer::~PgBouncer() {
  process_.send(SIGTERM);
  process_.wait(seconds(10));
}

PgBouncer& PgBouncer::shared() {
  static PostgresServer& server = PostgresServer::shared();
  static PgBouncer bouncer(server);
  return bouncer;
}

std::string PgBouncer::url(const std::string& database) const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/{}", port_, database);
}

}  // namespace rushline::tests
