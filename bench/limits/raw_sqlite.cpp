// The limit of SQLite on a machine: bare inserts with the constraints that a promise needs, WAL and
// synchronous=FULL, nothing around them. What the bench divides Rushline's durable figures by.
//
//   raw_sqlite FILE MODE ROWS_PER_COMMIT SECONDS
//
// MODE  coupons    one row per coupon: unique (event, user), unique (event, number)
//       purchases  one row per line: unique (purchase, product)
//       orders     one order per commit, stock taken under the database's write lock
//
// Prints one line: rows per second, microseconds of CPU per row.
#include <sqlite3.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

sqlite3* database = nullptr;

void check(int status, int wanted) {
  if (status == wanted) return;
  std::fprintf(stderr, "raw_sqlite: %s\n", sqlite3_errmsg(database));
  std::exit(4);
}

void execute(const char* sql) { check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), 0); }

sqlite3_stmt* prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), SQLITE_OK);
  return statement;
}

void run(sqlite3_stmt* statement) {
  check(sqlite3_step(statement), SQLITE_DONE);
  check(sqlite3_reset(statement), SQLITE_OK);
}

void bind(sqlite3_stmt* statement, int at, std::int64_t value) {
  check(sqlite3_bind_int64(statement, at, value), SQLITE_OK);
}

// A user in no particular order, each one once.
void bind_user(sqlite3_stmt* statement, int at, std::int64_t number) {
  char text[32];
  const auto mixed = (static_cast<std::uint64_t>(number) * 2654435761u) & 0x7fffffffu;
  const int length =
      std::snprintf(text, sizeof text, "user-%010llu", static_cast<unsigned long long>(mixed));
  check(sqlite3_bind_text(statement, at, text, length, SQLITE_TRANSIENT), SQLITE_OK);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

constexpr const char* schema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "CREATE TABLE coupons(id INTEGER PRIMARY KEY, event INTEGER NOT NULL, user TEXT NOT NULL,"
    " number INTEGER NOT NULL, issued_at INTEGER NOT NULL,"
    " UNIQUE(event, user), UNIQUE(event, number)) STRICT;"
    "CREATE TABLE purchases(purchase TEXT NOT NULL, product TEXT NOT NULL,"
    " quantity INTEGER NOT NULL, day INTEGER NOT NULL,"
    " PRIMARY KEY(purchase, product)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE products(id TEXT PRIMARY KEY, stock INTEGER NOT NULL CHECK(stock >= 0)) STRICT;"
    "CREATE TABLE orders(id INTEGER PRIMARY KEY, user TEXT NOT NULL, product TEXT NOT NULL,"
    " quantity INTEGER NOT NULL) STRICT;"
    "INSERT INTO products VALUES('product-1', 1000000000);";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: raw_sqlite FILE coupons|purchases|orders ROWS SECONDS\n");
    return 2;
  }
  const std::string mode = argv[2];
  const std::int64_t rows_per_commit = std::atoll(argv[3]);
  const double seconds = std::atof(argv[4]);
  check(sqlite3_open(argv[1], &database), SQLITE_OK);
  execute(schema);

  sqlite3_stmt* insert = prepare(
      mode == "coupons"     ? "INSERT INTO coupons(user, event, number, issued_at) VALUES(?,1,?,?)"
      : mode == "purchases" ? "INSERT INTO purchases(purchase, product, quantity, day)"
                              " VALUES(?, 'product-' || (? % 10000), 1, 20000 + ? * 0)"
                            : "INSERT INTO orders(user, product, quantity)"
                              " VALUES(?, 'product-1', 1 + ? * 0 + ? * 0)");
  sqlite3_stmt* take =
      prepare("UPDATE products SET stock = stock - 1 WHERE id = 'product-1' AND stock >= 1");

  const double cpu_before = cpu_seconds();
  const auto begun = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  std::int64_t rows = 0;
  while (elapsed() < seconds) {
    execute("BEGIN IMMEDIATE");
    for (std::int64_t i = 0; i < rows_per_commit; ++i) {
      ++rows;
      if (mode == "orders") run(take);
      bind_user(insert, 1, rows);
      bind(insert, 2, rows);
      bind(insert, 3, rows);
      run(insert);
    }
    execute("COMMIT");
  }
  std::printf("%.0f rows/s, %.2f us of CPU per row\n", static_cast<double>(rows) / elapsed(),
              (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(rows));
}
