// Whose turn it is, and how a wake reaches the sleeping thread without being lost.
#include "runtime/housekeeping.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "core/assert.hpp"

namespace rushline::runtime {

using Time = std::chrono::steady_clock::time_point;

struct Housekeeping::Wake::Shared {
  // A wake sets its flag first and passes through the mutex then: the thread either sees the flag
  // before it sleeps, or is asleep when it is notified.
  std::deque<std::atomic<bool>> wanted;  // constant in size after start(); one per job
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;  // guarded by mutex

  void notify() {
    { const std::lock_guard lock(mutex); }
    changed.notify_one();
  }
};

struct Housekeeping::Entry {
  Job job;
  std::atomic<bool>& wanted;
  Time due = {};         // runs then in any case
  Time not_before = {};  // and not earlier when woken

  bool is_ready(Time now) const { return due <= now || (wanted && not_before <= now); }
  Time next() const { return wanted ? std::min(due, not_before) : due; }
};

void Housekeeping::Wake::operator()() const {
  if (shared_->wanted[index_].exchange(true)) return;
  shared_->notify();
}

Housekeeping::Housekeeping() : shared_(std::make_shared<Wake::Shared>()) {}

Housekeeping::~Housekeeping() { stop(); }

Housekeeping::Wake Housekeeping::add(Job job) {
  RUSHLINE_ASSERT(threads_.size() == 0);
  auto& wanted = shared_->wanted.emplace_back(false);
  entries_.push_back(std::make_unique<Entry>(Entry{std::move(job), wanted}));
  return {shared_, entries_.size() - 1};
}

void Housekeeping::start(std::string_view thread_name) {
  RUSHLINE_ASSERT(threads_.size() == 0);
  threads_.start(thread_name, [this] { run(); });
}

void Housekeeping::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->changed.notify_one();
  threads_.join();
}

void Housekeeping::run() {
  std::unique_lock lock(shared_->mutex);
  while (!shared_->stopping) {
    Entry* const entry = next_ready(std::chrono::steady_clock::now());
    if (entry == nullptr) {
      const Time until = next_time();
      if (until == Time::max()) {
        shared_->changed.wait(lock);
      } else {
        shared_->changed.wait_until(lock, until);
      }
      continue;
    }
    entry->wanted = false;
    lock.unlock();
    entry->job.work();
    lock.lock();
    const Time ended = std::chrono::steady_clock::now();
    entry->due = ended + entry->job.interval;
    entry->not_before = ended + entry->job.pause_min;
  }
}

// The jobs take turns, so that one that is always ready cannot starve the others.
Housekeeping::Entry* Housekeeping::next_ready(Time now) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = *entries_[(turn_ + i) % entries_.size()];
    if (!entry.is_ready(now)) continue;
    turn_ = (turn_ + i + 1) % entries_.size();
    return &entry;
  }
  return nullptr;
}

Time Housekeeping::next_time() const {
  Time next = Time::max();
  for (const auto& entry : entries_) next = std::min(next, entry->next());
  return next;
}

}  // namespace rushline::runtime
