// Compare, then step; and the patience before stepping back.
#include "coupons/epochs.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/limits.hpp"
#include "core/planted_bug.hpp"

namespace rushline::coupons {

std::optional<CouponEvent> leave_line(const CouponEvent& row, Epoch seen) {
  if (row.mode != Mode::redis || row.epoch != seen) return std::nullopt;
  CouponEvent next = row;
  next.mode = Mode::direct;
  next.epoch = Epoch{row.epoch.value + 1};
  return next;
}

bool may_have_line(const CouponEvent& row, Timestamp now) {
  return !row.raise && row.issued < row.quantity && !is_closed(row, now);
}

std::optional<CouponEvent> prepare_line(const CouponEvent& row, Epoch seen, std::string replid,
                                        Timestamp now) {
  const bool is_as_seen = row.mode == Mode::direct && row.epoch == seen;
  if (!is_as_seen && !is_planted(PlantedBug::install_without_epoch)) return std::nullopt;
  CouponEvent next = with_effective_raise(row, now);
  if (!may_have_line(next, now)) return std::nullopt;
  if (!is_planted(PlantedBug::install_without_epoch)) next.epoch = Epoch{row.epoch.value + 1};
  next.replid = std::move(replid);
  return next;
}

std::optional<CouponEvent> open_line(const CouponEvent& row, Epoch epoch) {
  if (row.mode != Mode::direct || row.epoch != epoch) return std::nullopt;
  CouponEvent next = row;
  next.mode = Mode::redis;
  next.line_epoch = epoch;
  return next;
}

bool is_newer(const CouponEvent& row, const CouponEvent& known) {
  const auto age = [](const CouponEvent& event) {
    return std::tuple(event.epoch.value, event.mode == Mode::redis, event.mark.value, event.issued,
                      event.quantity);
  };
  return age(row) > age(known);
}

void LineReturn::saw_line(Monotonic now) {
  if (!opened_at_) opened_at_ = now;
  left_at_.reset();
  failed_at_.reset();
}

void LineReturn::saw_direct(Monotonic now) {
  if (left_at_) return;
  left_at_ = now;
  if (!opened_at_) return;
  // A line that lasted longer than the wait before it has shown that it can be trusted.
  held_ = now - *opened_at_ > wait_;
  if (held_) {
    wait_ = limits::line_return_wait_min;
  } else {
    lengthen();
  }
  opened_at_.reset();
}

void LineReturn::failed(Monotonic now) {
  failed_at_ = now;
  held_ = false;
  lengthen();
}

void LineReturn::lengthen() {
  if (is_planted(PlantedBug::return_without_patience)) return;
  wait_ = std::min<Monotonic::duration>(wait_ * 2, limits::line_return_wait_max);
}

bool LineReturn::is_due(Monotonic now, std::optional<Monotonic> healthy_since, bool at_once) const {
  if (!healthy_since || opened_at_) return false;
  if (at_once && held_ && !failed_at_) return true;
  const auto is_over = [&](std::optional<Monotonic> since) {
    return !since || now - *since >= wait_;
  };
  return is_over(*healthy_since) && is_over(left_at_) && is_over(failed_at_);
}

}  // namespace rushline::coupons
