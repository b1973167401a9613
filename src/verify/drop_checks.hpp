// What nobody may be told of a drop, and what may not be stored of it: S1 to S6, and the numbers.
//
// Exact for what shoppers were told of coupons: a drop passes if and only if some order of effects,
// each between the beginning and the end of its operation, explains everything
// (tests/verify/every_order.hpp is that search).
#pragma once

#include <vector>

#include "verify/drop.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

class DropChecks {
 public:
  void see(const Drop& drop);
  // S1, S2, S3, numbers, S4, S5, S6.
  std::vector<Check> finish();

 private:
  struct Misfit;

  void check_quantity(const Drop& drop);
  void check_raises(const Drop& drop, std::vector<const EventChange*> by_begin);
  void check_numbers(const Drop& drop);
  void check_asked(const Drop& drop);
  void check_times(const Drop& drop);
  void tell_wrong_time(const Drop& drop, const Numbered& numbered, const Numbered& told);
  void check_told_coupon(const Drop& drop, const Press& press, const Asker& asker);
  void check_told_none(const Drop& drop, const Press& press, const Asker& asker);
  void check_sold_out(const Drop& drop, const SeenPress& seen);
  void tell_misfit(const Drop& drop, const Press& press, const Misfit& misfit);

  Check quantity_{.promise = "S1", .states = "no coupon is beyond the quantity of its time"};
  Check one_per_user_{.promise = "S2", .states = "a user is told of one coupon per event"};
  Check asked_{.promise = "S3", .states = "a coupon is issued only to a user who asked for it"};
  Check numbers_{.promise = "numbers",
                 .states = "coupons are numbered in the order of their issue, each number once"};
  Check told_stays_{.promise = "S4",
                    .states = "a told verdict never changes in its round and is in the database"};
  Check in_order_{.promise = "S5",
                  .states = "who was told before another asked does not lose to them"};
  Check sold_out_{.promise = "S6",
                  .states = "sold out is told only when the whole quantity is committed"};
};

}  // namespace rushline::verify
