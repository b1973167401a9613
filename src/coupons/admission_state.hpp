// The inside of Admission: what its pieces of work share while they travel between event loops,
// database threads and the waiting room.
//
//   admission.cpp         requests come in; memory; the direct way; looks for memory
//   admission_retry.cpp   the direct way while the database fails
//   admission_line.cpp    the way through the line: admit, drain, resolve
//   admission_epochs.cpp  leaving the line and coming back to it; the regular looks
//   admission_counts.cpp  what all this comes to, as numbers
//
// Every continuation holds the state by shared_ptr and enters the gate before it touches what may
// have ended: the ports.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "core/thread_counts.hpp"
#include "coupons/admission.hpp"
#include "coupons/answer_counters.hpp"
#include "coupons/desk_table.hpp"
#include "coupons/gate.hpp"

namespace rushline::coupons {

using Desk = std::shared_ptr<EventDesk>;
using Batch = std::unique_ptr<ArrivalBatch>;

// What a look at the database brings home, read in one snapshot: a mark that is read apart from the
// coupons could be newer than they are, and a winner would look like somebody who was passed over.
struct Sight {
  CouponEvent event;
  Timestamp as_of;
  std::vector<Holder> holders;  // of the users asked for
  Monotonic asked_at;
};

// LineCounts, counted by any thread.
struct LineCounters {
  SizeHistogram admits;
  SizeHistogram drains;
  std::atomic<std::int64_t> moved = 0;
  std::atomic<std::int64_t> entered_again = 0;
  std::atomic<std::int64_t> lines_left = 0;
  std::atomic<std::int64_t> lines_opened = 0;
  std::atomic<std::int64_t> looked_at = 0;
  std::atomic<std::int64_t> undecided_in_line = 0;
  std::atomic<std::int64_t> undecided_direct = 0;
  std::atomic<std::int64_t> epoch_max = 0;
};

// Keeps a desk from being forgotten while something of it is under way.
class DeskWork {
 public:
  explicit DeskWork(Desk desk) : desk_(std::move(desk)) { desk_->line.begin_work(); }
  ~DeskWork() {
    if (desk_) desk_->line.end_work();
  }
  DeskWork(DeskWork&&) noexcept = default;
  DeskWork& operator=(DeskWork&&) = delete;
  const Desk& desk() const { return desk_; }

 private:
  Desk desk_;
};

struct Admission::State : std::enable_shared_from_this<State> {
  State(Database& its_database, CouponStore& its_store, const ShopCalendar& its_calendar,
        const Clock& its_clock, WaitingRoom* its_waiting_room, const AdmissionBounds& its_bounds)
      : database(its_database),
        store(its_store),
        calendar(its_calendar),
        clock(its_clock),
        waiting_room(its_waiting_room),
        bounds(its_bounds),
        desks(its_bounds.events_max, its_bounds.holders_max) {}

  // admission.cpp
  std::optional<Answer> request(CouponEventId event, const UserId& user, Ticket ticket);
  std::optional<Answer> join(Desk desk, CouponEventId event, const UserId& user,
                             const Ticket& ticket);
  bool goes_directly(const EventDesk& desk) const;
  void settle_next(const Desk& desk);
  void route(const Desk& desk, Batch batch);
  void settle_directly(const Desk& desk, Batch batch, std::optional<Epoch> epoch);
  void settled(const Desk& desk, Batch batch, const Question& question,
               const Result<Settlement>& outcome);
  void answer_all(const Desk& desk, Batch batch, const Result<Settlement>& outcome);
  void answer_all(const Desk& desk, Batch batch, const Result<Settlement>& outcome,
                  Monotonic known_at);
  void go_again(const Desk& desk, Batch batch);
  void finished(const Desk& desk);
  void learn_verdicts(const Desk& desk, std::span<const UserId> users, const Question& question,
                      const Settlement& settlement);
  void count_issued(const Settlement& settlement);
  void look_for_memory(const Desk& desk, bool for_holders);
  bool wants_holders(const EventDesk& desk, const CouponEvent& event) const;
  void tell(std::vector<Verdict>& verdicts, Monotonic known_at);

  // admission_retry.cpp
  void not_settled(const Desk& desk, Batch batch, const Error& error);
  void wait_for_round(const Desk& desk, Batch batch);
  void try_held_batches(Monotonic now);

  // admission_line.cpp
  void admit(const Desk& desk, Batch batch, const LineDesk::Way& way);
  void admitted(const Desk& desk, Batch batch, const LineDesk::Way& way,
                const Result<Admissions>& admissions);
  void answer_placed(const Desk& desk, std::vector<Waiting> placed);
  void answer_turned(const Desk& desk, std::vector<Waiting> turned, Turned why);
  void heard_mark(CouponEventId event, Sequence mark);
  void drain(const Desk& desk);
  void take(const Desk& desk);
  void taken(const Desk& desk, const LineDesk::Way& way, Sequence last_waiting,
             const Result<Taken>& taken);
  void settle_places(const Desk& desk, const LineDesk::Way& way, std::vector<Place> places);
  void settled_places(const Desk& desk, const LineDesk::Way& way, const std::vector<Place>& places,
                      const Question& question, const Result<Settlement>& outcome);
  void tell_places(const Desk& desk, const std::vector<Place>& places, const Settlement& settlement,
                   Monotonic known_at);
  void note_settled(const Desk& desk, Sequence mark);
  void after_settling(const LineDesk::Way& way, const CouponEvent& event);
  void end_drain(const Desk& desk, Monotonic::duration pause);
  void resolve(const Desk& desk, std::vector<Waiting> waiting);
  void resolved(const Desk& desk, std::vector<Waiting> waiting, const Result<Sight>& sight);
  void reenter(const Desk& desk, const std::vector<Waiting>& waiting);
  void find_place(CouponEventId event, const UserId& user,
                  Callback<void(std::optional<Sequence>)> done);

  // admission_epochs.cpp
  void learn_row(const Desk& desk, const CouponEvent& row, Timestamp as_of,
                 std::optional<Monotonic> asked_at = {});
  void leave(const Desk& desk, Epoch seen, Errc why, Callback<void(Result<void>)> done);
  void try_return(const Desk& desk);
  void prepare(const Desk& desk, Epoch seen, std::string replid);
  void install(const Desk& desk, const CouponEvent& row);
  void open(const Desk& desk, Epoch epoch);
  void returned(const Desk& desk, bool succeeded);
  void look_at_row(const Desk& desk);
  void tell_line(CouponEventId event, Callback<void()> done);
  void tell_line_later(CouponEventId event, Callback<void()> done);
  void tell_lines_again();
  void look_at_lines();
  void count_undecided(const std::vector<CouponEvent>& rows, Timestamp as_of);
  void tick();
  Result<void> open_lines(std::chrono::milliseconds time_max);

  // Runs `run` (Result<T>(Transaction&)) as a write or read and gives the outcome to `done`
  // (void(const Result<T>&)), both inside the gate.
  template <class Run, class Done>
  void write(Run run, Done done) {
    database.write(guard<Run>(std::move(run)), in_gate(std::move(done)));
  }
  template <class Run, class Done>
  void read(Run run, Done done) {
    database.read(guard<Run>(std::move(run)), in_gate(std::move(done)));
  }
  template <class Done>
  auto in_gate(Done done) {
    return [self = shared_from_this(), done = std::move(done)](auto outcome) mutable {
      const Pass pass(self->gate);
      if (pass) done(std::move(outcome));
    };
  }

  // admission_counts.cpp
  AdmissionCounts counts() const;

  // The event and who of `users` holds a coupon of it, in one snapshot.
  void look(CouponEventId event, std::vector<UserId> users,
            Callback<void(const Result<Sight>&)> done);

  std::atomic<std::uint64_t>& version(CouponEventId event) {
    return versions[static_cast<std::size_t>(event.value) % versions.size()];
  }

  Database& database;               // constant; used only inside the gate
  CouponStore& store;               // constant; used only inside the gate
  const ShopCalendar& calendar;     // constant; used only inside the gate
  const Clock& clock;               // constant; used only inside the gate
  WaitingRoom* const waiting_room;  // null: every event goes in directly; used only inside the gate
  const AdmissionBounds bounds;

  DeskTable desks;
  SpareBatches spare;
  Gate gate;
  std::array<std::atomic<std::uint64_t>, limits::event_versions> versions{};

  // Each on a cache line of its own: the loops count at the same time.
  alignas(64) std::atomic<std::int64_t> requests_waiting = 0;
  std::atomic<std::int64_t> requests_shed = 0;
  ThreadCounts<2> told_from_memory;
  static constexpr std::size_t holders_told = 0;
  static constexpr std::size_t sold_out_told = 1;
  alignas(64) std::atomic<std::int64_t> issued = 0;
  std::atomic<std::int64_t> retries = 0;
  std::atomic<std::int64_t> batches_held = 0;
  SizeHistogram direct_batches;
  AnswerCounters answers;
  LineCounters line;
  std::mutex returns_mutex;
  std::condition_variable returns_ended;
  int returns_under_way = 0;  // guarded by returns_mutex
  // Changes by hand that a line does not know of yet: one for each request that waits to be told.
  struct UntoldChange {
    CouponEventId event;
    Callback<void()> done;
  };
  std::mutex untold_mutex;
  std::vector<UntoldChange> untold;  // guarded by untold_mutex
  std::atomic<bool> is_looking_at_lines = false;
  std::atomic<Monotonic> looked_at_lines{Monotonic{}};

 private:
  template <class Run>
  auto guard(Run run) {
    return [self = shared_from_this(), run = std::move(run)](
               Transaction& transaction) mutable -> std::invoke_result_t<Run&, Transaction&> {
      const Pass pass(self->gate);
      if (!pass) return fail(Errc::shutting_down, "The server is stopping.");
      return run(transaction);
    };
  }
};

}  // namespace rushline::coupons
