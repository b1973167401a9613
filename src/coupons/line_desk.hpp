// What one server knows of the way into one event: the newest row it has seen, who waits in the
// line, and which pieces of work are under way. No I/O: coupons/admission_line.cpp and
// coupons/admission_epochs.cpp carry its questions to Redis and the database and back.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "coupons/epochs.hpp"
#include "coupons/line_samples.hpp"
#include "coupons/waiting_line.hpp"
#include "coupons/waiting_room.hpp"

namespace rushline::coupons {

// Safe to call from any thread.
class LineDesk {
 public:
  // Which way a request goes now, by the newest row that was seen.
  struct Way {
    bool is_known = false;
    Mode mode = Mode::direct;
    Fence fence;  // its epoch also in direct mode
    Sequence mark;
    Ack ack = Ack::verdict;
    Window window;
  };
  Way way() const;

  // Takes over what a read of the database shows, unless something newer is known. `as_of`:
  // database time of the reading; `asked_at`: when the reading was asked for, if that is known.
  // Gives those who wait for places of another epoch: they enter again.
  std::vector<Waiting> learn(const CouponEvent& row, Timestamp as_of, Monotonic now,
                             std::optional<Monotonic> asked_at = {});
  std::optional<CouponEvent> row() const;
  // False while a raise is known too short a time for every flag of the old round to have run out,
  // by the monotonic clock: the database's may be set in the second for which a raise waits.
  bool may_open_round(Monotonic now) const;

  void add(const Waiting& waiting);
  void add(const std::vector<Waiting>& waiting);
  std::vector<Waiting> take_through(Sequence mark);
  std::vector<Waiting> take_older_than(Monotonic before);
  // Those whose place is of another epoch than the row's: added after it was learned.
  std::vector<Waiting> take_strays();
  std::size_t waiting() const;
  // Places in the whole line as the waiting room last told; 0 in direct mode, or when sold out.
  void note_line_size(std::int64_t size, Monotonic now);
  std::int64_t line_size() const;
  // When the first arrived of those who wait for a verdict, here or without waiting for it; of
  // places that other servers were given, when the mark last moved. Nothing when nobody waits, or
  // the event is paused: then they wait on purpose.
  std::optional<Monotonic> waiting_since() const;
  // Since when the line has not moved although places wait in it; nothing as above.
  std::optional<Monotonic> still_since() const;
  // Places that this server was given; and those of them that a mark has settled.
  void note_given(const LineSample& sample);
  std::vector<LineSample> take_settled(Sequence mark);
  Sequence last_place() const;
  std::optional<Sequence> place_of(const UserId& user) const;
  // The position in line, from 1, of a place.
  std::int64_t position(Sequence seq) const;

  // Requests that the waiting room turned away although the row lets them in: until it was given
  // the row's window. Gives those who were turned away in another epoch than the row's: nobody will
  // give that line a window any more.
  std::vector<Waiting> wait_for_line(const std::vector<Waiting>& turned);
  std::vector<Waiting> take_waiting_for_line();

  // Draining: one at a time. begin_drain() says whether the caller has to; while somebody else
  // does, or before the pause is over, it notes that there is work. end_drain() says whether there
  // is more: then the caller goes on with it (it still has the turn).
  bool begin_drain(Monotonic now);
  bool end_drain(Monotonic now, Monotonic::duration pause);
  // There is more to drain than was seen.
  void note_work();
  // True when nobody drains, somebody waits or there is work, and the last look is `age` ago.
  bool wants_drain(Monotonic now, Monotonic::duration age) const;
  // Another server settles: the turn is left to it for a moment.
  void other_settled(Sequence mark, Monotonic now, Monotonic::duration pause);

  // Going back to Redis: one attempt at a time. begin_return() says whether to try now.
  bool begin_return(Monotonic now, std::optional<Monotonic> healthy_since, Timestamp database_now);
  void end_return(bool succeeded, Monotonic now);
  // Nothing speaks against trying at once (see LineReturn).
  void want_return_at_once();

  // Work under way: the desk may not be forgotten.
  void begin_work();
  void end_work();
  bool is_idle() const;

  // Reading the row: one at a time. A begin that is refused is made up for: end_row_look() then
  // says that the row has to be read again.
  bool begin_row_look();
  bool end_row_look();

 private:
  // Both need mutex_.
  bool raise_has_waited(Monotonic now) const;
  bool has_places() const {
    return row_ && row_->mode == Mode::redis && row_->issued < row_->quantity && line_size_ > 0;
  }

  mutable std::mutex mutex_;  // guards all of the following
  std::optional<CouponEvent> row_;
  Timestamp row_as_of_;
  Monotonic row_learned_at_;
  Monotonic raise_seen_at_;  // when the row first showed its raise
  WaitingLine line_;
  std::int64_t line_size_ = 0;
  Monotonic line_moved_at_;  // when the mark rose, the first place came, or a pause ended
  LineSamples samples_;
  std::vector<Waiting> for_line_;
  LineReturn return_;
  bool returns_at_once_ = false;
  bool is_returning_ = false;
  bool is_draining_ = false;
  bool has_work_ = false;
  bool is_looking_ = false;
  bool looks_again_ = false;
  Monotonic drained_at_;  // when the last draining ended
  Monotonic drain_not_before_;
  int work_ = 0;
};

}  // namespace rushline::coupons
