// How the loops run: a work guard keeps each alive, a name tells its thread apart.
#include "runtime/event_loops.hpp"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>
#include <utility>

#include "core/assert.hpp"

namespace rushline::runtime {

struct EventLoops::Loop {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::thread thread;
};

EventLoops::EventLoops(std::size_t count) {
  RUSHLINE_ASSERT(count > 0);
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>());
}

EventLoops::~EventLoops() { stop(); }

boost::asio::io_context& EventLoops::context(std::size_t index) {
  RUSHLINE_ASSERT(index < loops_.size());
  return loops_[index]->context;
}

void EventLoops::post(std::size_t index, Callback<void()> work) {
  boost::asio::post(context(index), std::move(work));
}

void EventLoops::start() {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    Loop& loop = *loops_[i];
    RUSHLINE_ASSERT(!loop.thread.joinable());
    loop.thread = std::thread([&loop] { loop.context.run(); });
    pthread_setname_np(loop.thread.native_handle(), ("loop-" + std::to_string(i)).c_str());
  }
}

void EventLoops::stop() {
  for (const auto& loop : loops_) loop->context.stop();
  for (const auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
}

}  // namespace rushline::runtime
