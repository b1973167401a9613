// Whether the database answers, known without anybody asking for anything else.
#pragma once

#include <memory>

#include "core/database.hpp"
#include "core/time.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::ops {

class DatabaseProbe {
 public:
  // `database`, `sales` and `clock` must outlive it; what it has asked may be answered later.
  DatabaseProbe(Database& database, ranking::SalesStore& sales, const Clock& clock);
  ~DatabaseProbe();

  // Sends one small read, unless the last is not answered yet. To be called every
  // limits::database_probe_interval by one thread; never blocks.
  void ask();

  // False while the last answer was an error, or the next one is due for longer than
  // limits::database_probe_time_max. True before the first. Any thread.
  bool is_up() const;

 private:
  struct State;

  Database& database_;            // constant
  ranking::SalesStore& sales_;    // constant
  const Clock& clock_;            // constant
  std::shared_ptr<State> state_;  // shared with the read under way
};

}  // namespace rushline::ops
