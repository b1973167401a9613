// A server and its service manager: says that it is ready, that it lives, and that it ends.
#pragma once

#include <string_view>

#include "app/pulse.hpp"
#include "core/time.hpp"
#include "runtime/housekeeping.hpp"
#include "runtime/log.hpp"
#include "runtime/supervisor.hpp"

namespace rushline::app {

// Used by the server's owner. Where nobody manages the process, it does nothing.
class Supervision {
 public:
  // All must outlive it.
  Supervision(runtime::EventLoops& loops, const ops::CountedDatabase& database, const Clock& clock,
              runtime::Log& log);

  // From now on it also says that the threads turn, at half the interval that the manager expects;
  // where one stands still it says nothing, and the manager ends the process.
  void ready(std::string_view status);
  void stopping();
  // Before the loops end; harmless when repeated.
  void stop() { jobs_.stop(); }

 private:
  void look();
  void warn(const Result<void>& told);

  const runtime::Supervisor supervisor_ = runtime::Supervisor::of_process();
  Pulse pulse_;           // the job's own
  const Clock& clock_;    // constant
  runtime::Log& log_;     // constant
  bool can_tell_ = true;  // the job's own: whether the last message arrived
  runtime::Housekeeping jobs_;
};

}  // namespace rushline::app
