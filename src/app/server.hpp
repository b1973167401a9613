// A running Rushline server: everything that `serve` starts and the demo starts in its own process.
#pragma once

#include <memory>
#include <string>

#include "runtime/configuration.hpp"

namespace rushline::app {

// Owns threads, database, domains and listeners, and ends them in the right order.
class Server {
 public:
  // Opens the database, applies pending migrations, fills the lists and listens; when it returns
  // the server is ready. Throws StartFailure with one sentence and an exit code when it cannot.
  explicit Server(const runtime::Settings& settings);
  // Drains (see drain()) and ends.
  ~Server();

  // http://HOST:PORT as it was bound.
  const std::string& address() const;

  // No new connections; what is in hand is committed and told, at most limits::drain_time_max.
  // Blocks until then; further calls do nothing. Any thread but the server's own.
  void drain();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace rushline::app
