// A private PostgreSQL for tests: data in a temporary folder, a free port of the loopback
// interface, ended by its process id. And a PgBouncer before it.
#pragma once

#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

struct pg_conn;

namespace rushline::tests {

// Used by one thread. Throws std::runtime_error, with the server's own words, when something does
// not come up.
class PostgresServer {
 public:
  // `settings` as in postgresql.conf: "max_connections=10".
  explicit PostgresServer(std::vector<std::string> settings = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // One for the whole test program, started when it is first needed.
  static PostgresServer& shared();
  // False where PostgreSQL is not installed: a test that needs it is then skipped.
  static bool is_installed();

  int port() const { return port_; }
  // postgresql://postgres@127.0.0.1:PORT/DATABASE
  std::string url(const std::string& database) const;
  // A new database without tables; its name.
  std::string create_database();
  // Runs `sql` and gives the first column of its first row.
  std::string query(const std::string& database, const std::string& sql) const;

  void start();
  // As an operator would, cutting off who is connected.
  void stop();
  // As a power failure would.
  void crash();
  // Every process of it stands still, its sockets stay open.
  void freeze();
  void thaw();

 private:
  void send_to_all(int signal) const;

  TemporaryFolder folder_;
  const std::vector<std::string> settings_;  // constant
  int port_ = 0;
  ChildProcess process_;
  int databases_ = 0;
};

// Somebody with a session of their own whose transaction has run `sql` and stays open.
class OpenTransaction {
 public:
  OpenTransaction(const PostgresServer& server, const std::string& database,
                  const std::string& sql);
  ~OpenTransaction();
  OpenTransaction(const OpenTransaction&) = delete;
  OpenTransaction& operator=(const OpenTransaction&) = delete;

 private:
  pg_conn* connection_;  // constant
};

// PgBouncer with a session per transaction. Used by one thread.
class PgBouncer {
 public:
  explicit PgBouncer(const PostgresServer& server);
  ~PgBouncer();

  static PgBouncer& shared();  // before PostgresServer::shared()
  static bool is_installed();

  std::string url(const std::string& database) const;

 private:
  TemporaryFolder folder_;
  int port_ = 0;
  ChildProcess process_;
};

}  // namespace rushline::tests
