// Random steps on a waiting room and on the model, compared after each.
#include <fmt/format.h>
#include <rapidcheck.h>

#include <array>
#include <random>

#include "tests/contract/waiting_room_contract.hpp"
#include "tests/support/fake_waiting_room.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::tests {
namespace {

// The model as a waiting room under test. Its primaries have names of their own: in a Cluster there
// are several real ones.
class ModelUnderTest final : public WaitingRoomUnderTest {
 public:
  coupons::WaitingRoom& room() override { return model_; }
  void forget_everything() override { model_.forget_everything(); }
  void lose_event(CouponEventId event) override { model_.lose_event(event); }
  void lose_line(CouponEventId event) override { model_.lose_line(event); }
  void lose_last_place(CouponEventId event) override { model_.lose_last_place(event); }
  void change_primary() override { model_.change_primary(fmt::format("{:040x}", ++primaries_)); }

 private:
  ManualClock clock_;
  FakeWaitingRoom model_{clock_};
  int primaries_ = 100;
};

class LineHistory {
 public:
  LineHistory(WaitingRoomUnderTest& under_test, std::uint32_t seed)
      : random_(seed),
        under_test_(under_test),
        lines_{LineUnderTest(under_test, 1), LineUnderTest(under_test, 2)},
        model_lines_{LineUnderTest(model_, 1), LineUnderTest(model_, 2)},
        cap_(number(1, 12)) {}

  void step() {
    const auto which = static_cast<std::size_t>(number(0, 1));
    LineUnderTest& line = lines_[which];
    LineUnderTest& model_line = model_lines_[which];
    const int kind = number(0, 99);
    if (kind >= 97) {
      have_an_accident(line.event);
    } else if (kind >= 94) {
      // A server that has not heard of the new primary asks with the old replication id.
      under_test_.change_primary();
      model_.change_primary();
    } else if (kind >= 92) {
      line.replid = line.primary();
      model_line.replid = model_line.primary();
    } else {
      const auto call = any_call(which);
      RC_ASSERT(call(line) == call(model_line));
    }
    const std::string user = any_user();
    RC_ASSERT(line.find(user) == model_line.find(user));
  }

 private:
  using Call = std::function<std::string(LineUnderTest&)>;

  int number(int min, int max) { return std::uniform_int_distribution<int>(min, max)(random_); }
  std::string any_user() { return fmt::format("u{}", number(1, 20)); }

  // Mostly the newest one.
  std::int64_t any_epoch(std::size_t which) {
    return number(0, 9) > 0 ? epochs_[which] : std::max<std::int64_t>(1, epochs_[which] - 1);
  }

  coupons::Window any_window() {
    const Timestamp past{std::chrono::hours(1)};
    const Timestamp future{std::chrono::hours(24 * 365 * 200)};
    coupons::Window window;
    if (number(0, 3) == 0) window.opens_at = number(0, 3) > 0 ? past : future;
    if (number(0, 3) == 0) window.closes_at = number(0, 3) > 0 ? future : past;
    window.paused = number(0, 9) == 0;
    now_s_ += number(0, 3);
    window.as_of = Timestamp{std::chrono::seconds(now_s_ - number(0, 2))};
    return window;
  }

  coupons::Sequence any_mark(std::size_t which) {
    return sequence(std::max<std::int64_t>(0, epochs_[which] - number(0, 2)), number(-2, 8));
  }

  Call any_call(std::size_t which) {
    const std::int64_t epoch = any_epoch(which);
    const int kind = number(0, 9);
    if (kind == 0) {
      const std::int64_t kept = number(0, 4) == 0 ? 0 : epochs_[which] - number(0, 2);
      if (number(0, 4) > 0) ++epochs_[which];
      const auto window = any_window();
      return [=, next = epochs_[which], cap = cap_](LineUnderTest& line) {
        return line.install(next, std::max<std::int64_t>(kept, 0), window, cap);
      };
    }
    if (kind == 1) return [=](LineUnderTest& line) { return line.mark_sold_out(epoch); };
    const auto mark = any_mark(which);
    if (kind == 2) return [=](LineUnderTest& line) { return line.trim(epoch, mark); };
    if (kind <= 4) {
      const auto window = any_window();
      const auto count = static_cast<std::size_t>(number(1, 5));
      return [=](LineUnderTest& line) { return line.take(epoch, mark, window, count); };
    }
    std::string users;
    for (int i = number(1, 6); i > 0; --i) users += any_user() + " ";
    return [=](LineUnderTest& line) { return line.admit(epoch, users); };
  }

  void have_an_accident(CouponEventId event) {
    const int kind = number(0, 3);
    for (WaitingRoomUnderTest* room : {&under_test_, static_cast<WaitingRoomUnderTest*>(&model_)}) {
      if (kind == 0) room->forget_everything();
      if (kind == 1) room->lose_event(event);
      if (kind == 2) room->lose_line(event);
      if (kind == 3) room->lose_last_place(event);
    }
  }

  std::mt19937 random_;
  WaitingRoomUnderTest& under_test_;
  ModelUnderTest model_;
  std::array<LineUnderTest, 2> lines_;
  std::array<LineUnderTest, 2> model_lines_;
  std::array<std::int64_t, 2> epochs_ = {1, 1};
  const int cap_;
  int now_s_ = 2;  // by the database's clock
};

}  // namespace

void compare_with_model(WaitingRoomUnderTest& under_test, std::uint32_t seed, int steps) {
  under_test.forget_everything();
  LineHistory history(under_test, seed);
  for (int i = 0; i < steps; ++i) history.step();
}

}  // namespace rushline::tests
