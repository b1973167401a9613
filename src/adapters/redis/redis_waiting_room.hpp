// The line of each coupon event in Redis: one function call per batch of requests.
#pragma once

#include <string>
#include <string_view>

#include "adapters/redis/client.hpp"
#include "adapters/redis/function_library.hpp"
#include "coupons/waiting_room.hpp"

namespace rushline::redis {

// How many replicas must have a place before it is told, and how long that is waited for. Fewer
// than asked for, or late: Errc::timed_out, the place may exist and is found by asking again.
struct ReplicaWait {
  int replicas = 0;  // 0 = none
  std::chrono::milliseconds time_max{0};
};

class RedisWaitingRoom final : public coupons::WaitingRoom {
 public:
  // Both must outlive the calls.
  RedisWaitingRoom(Client& client, FunctionLibrary& library, ReplicaWait wait = {})
      : client_(client), library_(library), wait_(wait) {}

  void admit(const coupons::Fence& fence, std::span<const UserId> users,
             Done<coupons::Admissions> done) override;
  void take(const coupons::Fence& fence, coupons::Sequence mark, const coupons::Window& window,
            std::size_t count_max, Done<coupons::Taken> done) override;
  void trim(const coupons::Fence& fence, coupons::Sequence mark, Done<void> done) override;
  void mark_sold_out(const coupons::Fence& fence, Done<void> done) override;
  void find(CouponEventId event, const UserId& user,
            Done<std::optional<coupons::Sequence>> done) override;
  void primary(CouponEventId event, Done<std::string> done) override;
  void install(const coupons::Installation& installation, Done<void> done) override;
  std::optional<Monotonic> healthy_since(CouponEventId event) const override;
  void on_mark(Callback<void(CouponEventId, coupons::Sequence)> heard) override;

 private:
  void wait_for_replicas(std::uint32_t server, coupons::Admissions admissions,
                         Done<coupons::Admissions> done);

  Client& client_;            // constant
  FunctionLibrary& library_;  // constant
  const ReplicaWait wait_;    // constant
};

}  // namespace rushline::redis
