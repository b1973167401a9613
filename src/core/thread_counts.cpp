// Hands out slots, and takes back those of threads that have ended.
#include "core/thread_counts.hpp"

#include <mutex>

namespace rushline {
namespace {

constexpr std::size_t shared_slot = thread_slots_max - 1;

struct Slots {
  std::mutex mutex;
  std::array<bool, shared_slot> taken{};  // guarded by mutex
};

// Never destroyed: threads may end after statics.
Slots& slots() {
  static Slots& all = *new Slots;
  return all;
}

// Gives the slot back when its thread ends. The lock orders the next owner's counting behind it.
class Holder {
 public:
  Holder() {
    const std::scoped_lock lock(slots().mutex);
    while (slot_ < shared_slot && slots().taken[slot_]) ++slot_;
    if (slot_ < shared_slot) slots().taken[slot_] = true;
  }
  ~Holder() {
    if (slot_ == shared_slot) return;
    const std::scoped_lock lock(slots().mutex);
    slots().taken[slot_] = false;
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  std::size_t slot() const { return slot_; }

 private:
  std::size_t slot_ = 0;
};

}  // namespace

std::size_t take_thread_slot() {
  thread_local const Holder holder;
  return holder.slot();
}

}  // namespace rushline
