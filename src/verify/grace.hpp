// How long a request may stay undecided (L1): two seconds, longer across faults and pauses.
#pragma once

#include <cstdint>
#include <vector>

namespace rushline::verify {

// A stretch of time, and how long after it everything must be well again.
struct Excuse {
  std::int64_t begin_us = 0;
  std::int64_t end_us = 0;  // never_us = it never ended
  std::int64_t grace_us = 0;
};

class Grace {
 public:
  Grace(std::int64_t bound_us, std::vector<Excuse> excuses);

  // By when a request that was made at `asked_us` must be decided; never_us when it need not be.
  std::int64_t deadline_us(std::int64_t asked_us) const;
  // Whether no excuse, its grace included, touches the time between the two.
  bool is_calm(std::int64_t from_us, std::int64_t until_us) const;

 private:
  struct Block {
    std::int64_t begin_us = 0;
    std::int64_t well_us = 0;
  };

  std::int64_t bound_us_;
  std::vector<Block> blocks_;  // apart from each other, in order
};

}  // namespace rushline::verify
