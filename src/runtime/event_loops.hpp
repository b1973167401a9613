// The event loops: N io_contexts, each run by a thread of its own.
//
// One thread per io_context lets Asio leave out most of its locking (concurrency hint 1); work is
// spread by giving each connection to one loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "core/callback.hpp"

namespace rushline::runtime {

class EventLoops {
 public:
  // At least one.
  explicit EventLoops(std::size_t count);
  // Stops.
  ~EventLoops();

  std::size_t count() const { return loops_.size(); }
  // Valid as long as this object; its handlers run on thread `index` only.
  boost::asio::io_context& context(std::size_t index);

  // Runs `work` on loop `index`. Any thread. Never called when the loops have stopped.
  void post(std::size_t index, Callback<void()> work);

  // Starts the threads; they run until stop(), also while there is nothing to do. Once.
  void start();
  // Ends the loops after the handler each is in, and joins their threads. What was posted and did
  // not run is destroyed with this object. Not from a loop; further calls do nothing.
  void stop();

 private:
  struct Loop;
  std::vector<std::unique_ptr<Loop>> loops_;  // constant
};

}  // namespace rushline::runtime
