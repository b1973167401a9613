// What shoppers saw, held against what is stored: S3 to S6 and L1.
//
// Written for the embedded default: server and generators share one machine and its clock, and the
// history holds every request of the events in it.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "verify/history.hpp"
#include "verify/records.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

// An event of the history, as the database has it.
struct EventRecord {
  coupons::CouponEvent event;
  std::vector<coupons::Coupon> coupons;  // in the order of their numbers
};

// `answer_time_max`: the bound of L1.
std::vector<Check> check_history(std::span<const Operation> operations,
                                 std::span<const EventRecord> events,
                                 std::chrono::microseconds answer_time_max);

// Reads the events that the operations name. Inside a unit of work; the errors of Records.
// An event that does not exist is left out: check_history tells.
Result<std::vector<EventRecord>> read_events(Transaction& transaction, Records& records,
                                             std::span<const Operation> operations);

}  // namespace rushline::verify
