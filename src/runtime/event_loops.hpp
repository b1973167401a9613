// The event loops: Asio contexts with one thread each.
//
// What belongs to a loop (a connection, its buffers) is touched by that loop's thread alone, so
// that serving needs no locks. Anything else comes in by post(). A loop never waits for SQL or
// files.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/threads.hpp"

namespace rushline::runtime {

class EventLoops {
 public:
  // `count` loops (at least 1) that do not run yet. What is posted before start() runs then.
  explicit EventLoops(std::size_t count);
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;
  // Stops. What still waits in a loop is destroyed without running, so it may not point at what has
  // ended before the loops.
  ~EventLoops();

  // Safe from any thread.
  std::size_t size() const { return loops_.size(); }
  boost::asio::io_context& at(std::size_t index) { return loops_[index]->context; }

  // Runs `function` on the thread of a loop, soon, after what was posted there before.
  // Safe from any thread. Not run once the loops are stopped.
  template <class Function>
  void post(std::size_t index, Function&& function) {
    boost::asio::post(at(index), std::forward<Function>(function));
  }

  // Starts the threads "loop-0", "loop-1" ... Once, by the owner.
  void start();

  // Ends the loops after the handlers that run now, and joins their threads. By the owner, from
  // outside of the loops; harmless when repeated.
  void stop();

 private:
  // Pinned in memory: an io_context cannot move.
  struct Loop {
    boost::asio::io_context context{1};  // concurrency hint: one thread runs it
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> alive{
        context.get_executor()};
  };

  std::vector<std::unique_ptr<Loop>> loops_;  // constant
  Threads threads_;                           // used by the owner
};

}  // namespace rushline::runtime
