// The limit of PostgreSQL on a machine: bare writes with the constraints that a promise needs,
// fsync on, nothing around them. What the bench divides Rushline's durable figures by.
//
//   raw_postgres URL MODE ROWS_PER_COMMIT SESSIONS SECONDS
//
// MODE  tables     makes the tables anew in the schema `bench`, writes nothing
//       coupons    one `unnest` per commit: unique (event, number), unique (event, user)
//       purchases  one `unnest` per commit: unique (purchase, product)
//       orders     one order of one product per commit: its row locked, stock taken, order written,
//                  each in a statement of its own, as a shop's code does it
//
// Prints one line of JSON; the CPU in it is this program's own, PostgreSQL's is read by who started
// it, which is why the tables are made in a call of their own.
#include <libpq-fe.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* schema =
    "SET client_min_messages = warning;"
    "DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench;"
    "CREATE TABLE bench.coupons(event integer NOT NULL, number bigint NOT NULL,"
    " user_id text COLLATE \"C\" NOT NULL, issued_at bigint NOT NULL,"
    " PRIMARY KEY (event, number), UNIQUE (user_id, event));"
    "CREATE TABLE bench.purchases(purchase_id text COLLATE \"C\" NOT NULL,"
    " product_id text COLLATE \"C\" NOT NULL, quantity bigint NOT NULL, day integer NOT NULL,"
    " PRIMARY KEY (purchase_id, product_id));"
    "CREATE TABLE bench.products(product_id text COLLATE \"C\" PRIMARY KEY,"
    " stock bigint NOT NULL CHECK (stock >= 0)) WITH (fillfactor = 70);"
    "CREATE TABLE bench.orders(order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " user_id text NOT NULL, product_id text NOT NULL, quantity bigint NOT NULL);"
    "INSERT INTO bench.products VALUES ('one', 1000000000);";

constexpr const char* insert_coupons =
    "INSERT INTO bench.coupons(event, number, user_id, issued_at)"
    " SELECT 1, $1::bigint + place, who, 1700000000000000"
    " FROM unnest($2::text[]) WITH ORDINALITY AS line(who, place)";
constexpr const char* insert_purchases =
    "INSERT INTO bench.purchases(purchase_id, product_id, quantity, day)"
    " SELECT who, 'product-' || ($1::bigint + place) % 10000, 1, 20000"
    " FROM unnest($2::text[]) WITH ORDINALITY AS line(who, place)";
constexpr const char* lock_product =
    "SELECT stock FROM bench.products WHERE product_id = 'one' FOR UPDATE";
constexpr const char* take_stock =
    "UPDATE bench.products SET stock = stock - 1 WHERE product_id = 'one'";
constexpr const char* insert_order =
    "INSERT INTO bench.orders(user_id, product_id, quantity) VALUES ($1, 'one', 1)";

// One connection with what it has measured; used by one thread.
class Session {
 public:
  explicit Session(const char* url) : connection_(PQconnectdb(url)) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) give_up();
  }

  void execute(const char* sql) { check(PQexec(connection_.get(), sql)); }

  void prepare(const char* name, const char* sql) {
    check(PQprepare(connection_.get(), name, sql, 0, nullptr));
  }

  template <std::size_t count>
  void run(const char* name, const std::array<const char*, count>& values) {
    check(PQexecPrepared(connection_.get(), name, static_cast<int>(count), values.data(), nullptr,
                         nullptr, 0));
  }

  std::vector<double> commit_us;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  [[noreturn]] void give_up() {
    std::fprintf(stderr, "raw_postgres: %s", PQerrorMessage(connection_.get()));
    std::exit(4);
  }

  void check(PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) give_up();
  }

  std::unique_ptr<PGconn, Finish> connection_;
};

// A user in no particular order, each one once.
void append_user(std::string& out, std::int64_t number) {
  char text[32];
  const auto mixed = (static_cast<std::uint64_t>(number) * 48'271ULL) % 999'999'999'989ULL;
  out.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "u-%012llu",
                                                          static_cast<unsigned long long>(mixed))));
}

void write_batch(Session& session, std::int64_t first, std::int64_t rows) {
  std::string users = "{";
  for (std::int64_t i = 1; i <= rows; ++i) {
    append_user(users, first + i);
    users += i < rows ? ',' : '}';
  }
  const std::string before = std::to_string(first);
  session.run<2>("insert", {before.c_str(), users.c_str()});
}

void write_order(Session& session, std::int64_t number) {
  std::string user;
  append_user(user, number);
  session.execute("BEGIN");
  session.run<0>("lock", {});
  session.run<0>("take", {});
  session.run<1>("insert", {user.c_str()});
  session.execute("COMMIT");
}

// What a session writes: its own share of the numbers, so that no two meet but in the trees.
void write_for(Session& session, bool orders, std::int64_t first, std::int64_t rows,
               double seconds) {
  const auto since = [](Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  };
  const Clock::time_point begun = Clock::now();
  while (since(begun) < seconds) {
    const Clock::time_point before = Clock::now();
    if (orders) {
      write_order(session, first);
    } else {
      write_batch(session, first, rows);
    }
    session.commit_us.push_back(since(before) * 1e6);
    first += rows;
  }
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(std::vector<double> commits, double rows_per_commit, double seconds, double cpu) {
  std::sort(commits.begin(), commits.end());
  const double rows = static_cast<double>(commits.size()) * rows_per_commit;
  const auto percentile = [&commits](std::size_t per_mille) {
    return commits[(commits.size() - 1) * per_mille / 1000];
  };
  std::printf(
      "{\"commits\": %zu, \"rows\": %.0f, \"rows_per_second\": %.0f, \"own_cpu_us_per_row\": %.3f, "
      "\"commit_p50_us\": %.0f, \"commit_p99_us\": %.0f, \"commit_max_us\": %.0f}\n",
      commits.size(), rows, rows / seconds, cpu * 1e6 / rows, percentile(500), percentile(990),
      commits.back());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc == 6 ? argv[2] : "";
  if (mode == "tables") {
    Session(argv[1]).execute(schema);
    return 0;
  }
  if (mode != "coupons" && mode != "purchases" && mode != "orders") {
    std::fprintf(stderr,
                 "usage: raw_postgres URL tables|coupons|purchases|orders ROWS SESSIONS SECONDS\n");
    return 2;
  }
  const bool orders = mode == "orders";
  const std::int64_t rows = orders ? 1 : std::max<std::int64_t>(1, std::atoll(argv[3]));
  const double seconds = std::atof(argv[5]);

  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < std::max(1, std::atoi(argv[4])); ++i) {
    Session& session = *sessions.emplace_back(std::make_unique<Session>(argv[1]));
    session.prepare("insert", orders              ? insert_order
                              : mode == "coupons" ? insert_coupons
                                                  : insert_purchases);
    if (!orders) continue;
    session.prepare("lock", lock_product);
    session.prepare("take", take_stock);
  }

  const double cpu_before = cpu_seconds();
  const Clock::time_point begun = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    threads.emplace_back([&, i] {
      write_for(*sessions[i], orders, static_cast<std::int64_t>(i) * 1'000'000'000, rows, seconds);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double elapsed = std::chrono::duration<double>(Clock::now() - begun).count();

  std::vector<double> commits;
  for (const auto& session : sessions) {
    commits.insert(commits.end(), session->commit_us.begin(), session->commit_us.end());
  }
  print(std::move(commits), static_cast<double>(rows), elapsed, cpu_seconds() - cpu_before);
}
