// The bugs, one function each; see planted_bugs.hpp.
#include "tests/verify/planted_bugs.hpp"

#include <algorithm>
#include <set>

namespace rushline::tests {
namespace {

using coupons::Coupon;
using verify::always_us;
using verify::Ask;
using verify::Change;
using verify::Ended;
using verify::EventChange;
using verify::ListRead;
using verify::never_us;
using verify::Press;
using verify::Told;

std::vector<Coupon>& coupons_of(Story& story) { return story.rest.events[0].coupons; }
verify::EventRecord& stored(Story& story) { return story.rest.events[0]; }

std::int64_t first_ask(const Story& story, const UserId& user) {
  std::int64_t first = never_us;
  for (const Press& press : story.history.presses) {
    if (press.user == user && press.ask == Ask::request) {
      first = std::min(first, press.when.invoke_us);
    }
  }
  return first;
}

std::int64_t first_told(const Story& story, const UserId& user) {
  std::int64_t first = never_us;
  for (const Press& press : story.history.presses) {
    if (press.user == user && press.has_coupon()) first = std::min(first, press.when.end_us());
  }
  return first;
}

const Coupon* held_by(const Story& story, const UserId& user) {
  for (const Coupon& coupon : story.rest.events[0].coupons) {
    if (coupon.user == user) return &coupon;
  }
  return nullptr;
}

void forget_user(Story& story, const UserId& user) {
  std::erase_if(story.history.presses, [&](const Press& press) { return press.user == user; });
}

// Gives the coupon at `index` to `user`, and tells everybody so.
void give(Story& story, std::size_t index, const UserId& user) {
  coupons_of(story)[index].user = user;
}

void retell(Story& story) {
  for (Press& press : story.history.presses) {
    if (!press.has_coupon()) continue;
    if (const Coupon* coupon = held_by(story, press.user)) {
      press.coupon = coupon->id;
      press.issue_no = coupon->issue_no;
    }
  }
}

Press& add(Story& story, const UserId& user, Ask ask, verify::When when, Told told) {
  story.history.presses.push_back({.op = 500'000 + std::ssize(story.history.presses),
                                   .ask = ask,
                                   .user = user,
                                   .event = {1},
                                   .when = when,
                                   .told = told});
  return story.history.presses.back();
}

UserId stranger() { return *UserId::parse("stranger"); }

template <class Matches>
Press* find_press(Story& story, Matches matches) {
  const auto at = std::find_if(story.history.presses.begin(), story.history.presses.end(), matches);
  return at == story.history.presses.end() ? nullptr : &*at;
}

bool is_full(Story& story) { return std::ssize(coupons_of(story)) == stored(story).event.quantity; }

EventChange* acknowledged_raise(Story& story) {
  for (EventChange& change : story.history.changes) {
    if (change.change == Change::raise && change.ended == Ended::done) return &change;
  }
  return nullptr;
}

std::int64_t first_quantity(const Story& story) { return story.history.changes[0].quantity; }

// Coupons.

bool oversell_by_one(Story& story) {
  if (!is_full(story)) return false;
  Press* loser = find_press(story, [&](const Press& press) {
    return press.told == Told::sold_out && press.ask == Ask::request && press.key.empty();
  });
  if (loser == nullptr || held_by(story, loser->user) != nullptr) return false;
  Coupon coupon = coupons_of(story).back();
  coupon.user = loser->user;
  ++coupon.issue_no;
  ++coupon.id.value;
  coupons_of(story).push_back(coupon);
  loser->told = Told::issued;
  loser->coupon = coupon.id;
  loser->issue_no = coupon.issue_no;
  return true;
}

bool give_one_number_twice(Story& story) {
  if (coupons_of(story).size() < 2) return false;
  coupons_of(story).back().issue_no = coupons_of(story)[coupons_of(story).size() - 2].issue_no;
  retell(story);
  return true;
}

bool skip_a_number(Story& story) {
  if (coupons_of(story).size() < 2) return false;
  ++coupons_of(story).back().issue_no;
  retell(story);
  return true;
}

bool give_a_second_coupon(Story& story) {
  if (coupons_of(story).size() < 2) return false;
  const UserId first = coupons_of(story)[0].user;
  const UserId last = coupons_of(story).back().user;
  for (Press& press : story.history.presses) {
    if (press.user == last) press.user = first;
  }
  give(story, coupons_of(story).size() - 1, first);
  return true;
}

bool give_to_who_never_asked(Story& story) {
  if (coupons_of(story).empty()) return false;
  forget_user(story, coupons_of(story).back().user);
  give(story, coupons_of(story).size() - 1, stranger());
  return true;
}

bool tell_before_the_commit(Story& story) {
  if (coupons_of(story).empty() || first_told(story, coupons_of(story).back().user) == never_us) {
    return false;
  }
  coupons_of(story).pop_back();
  return true;
}

bool tell_a_holder_sold_out(Story& story) {
  Press* repeat = find_press(
      story, [](const Press& press) { return press.told == Told::repeat && press.key.empty(); });
  if (repeat == nullptr || first_told(story, repeat->user) >= repeat->when.invoke_us) return false;
  repeat->told = Told::sold_out;
  repeat->coupon.reset();
  repeat->issue_no = 0;
  return true;
}

bool forget_a_sold_out(Story& story) {
  Press* sold_out = find_press(story, [](const Press& press) {
    return press.told == Told::sold_out && press.ask == Ask::request && press.key.empty();
  });
  if (sold_out == nullptr) return false;
  const UserId user = sold_out->user;
  const std::int64_t end_us = sold_out->when.end_us();
  add(story, user, Ask::query, {end_us + 1, end_us + 10}, Told::none);
  return true;
}

// Two holders, the first of whom was told before the second asked.
std::pair<std::size_t, std::size_t> in_order(const Story& story, bool is_placed) {
  const std::vector<Coupon>& coupons = story.rest.events[0].coupons;
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    std::int64_t known_us = first_told(story, coupons[i].user);
    if (is_placed) {
      known_us = never_us;
      for (const Press& press : story.history.presses) {
        if (press.user == coupons[i].user && press.position && press.ask == Ask::request) {
          known_us = std::min(known_us, press.when.end_us());
        }
      }
    }
    for (std::size_t j = i + 1; j < coupons.size(); ++j) {
      if (known_us < first_ask(story, coupons[j].user)) return {i, j};
    }
  }
  return {0, 0};
}

bool swap_numbers(Story& story, bool is_placed) {
  const auto [i, j] = in_order(story, is_placed);
  if (i == j) return false;
  std::swap(coupons_of(story)[i].user, coupons_of(story)[j].user);
  retell(story);
  return true;
}

bool let_a_later_asker_win(Story& story) { return swap_numbers(story, false); }
bool let_a_place_be_overtaken(Story& story) { return swap_numbers(story, true); }

bool refuse_before_a_winner_asks(Story& story) {
  if (coupons_of(story).empty()) return false;
  const std::int64_t asked_us = first_ask(story, coupons_of(story).back().user);
  add(story, stranger(), Ask::request, {asked_us - 20, asked_us - 10}, Told::sold_out);
  return true;
}

bool say_sold_out_with_one_left(Story& story) {
  if (!is_full(story)) return false;
  const bool is_told =
      find_press(story, [](const Press& press) { return press.told == Told::sold_out; }) != nullptr;
  if (!is_told) return false;
  forget_user(story, coupons_of(story).back().user);
  coupons_of(story).pop_back();
  return true;
}

bool issue_to_a_place_of_the_last_round(Story& story) {
  if (std::ssize(coupons_of(story)) <= first_quantity(story)) return false;
  std::set<std::string> others;  // who pressed and was told anything but sold out
  for (const Press& press : story.history.presses) {
    if (press.told != Told::sold_out) others.emplace(press.user.view());
  }
  Press* loser = find_press(story, [&](const Press& press) {
    return press.ask == Ask::request && !others.contains(std::string(press.user.view()));
  });
  if (loser == nullptr) return false;
  const UserId user = loser->user;
  forget_user(story, coupons_of(story).back().user);
  give(story, coupons_of(story).size() - 1, user);
  return true;
}

bool say_sold_out_after_a_raise(Story& story) {
  const auto first = static_cast<std::size_t>(first_quantity(story));
  if (coupons_of(story).size() < first + 2) return false;
  const std::int64_t told_us = first_told(story, coupons_of(story)[first].user);
  const std::int64_t asked_us = first_ask(story, coupons_of(story).back().user);
  if (told_us == never_us || told_us + 20 >= asked_us) return false;
  add(story, stranger(), Ask::request, {told_us + 5, told_us + 10}, Told::sold_out);
  return true;
}

bool give_before_the_raise(Story& story) {
  EventChange* raise = acknowledged_raise(story);
  const auto first = static_cast<std::size_t>(first_quantity(story));
  if (raise == nullptr || story.history.changes.size() != 2 || coupons_of(story).size() <= first) {
    return false;
  }
  const std::int64_t told_us = first_told(story, coupons_of(story)[first].user);
  if (told_us == never_us) return false;
  raise->when = {told_us + 1, told_us + 2};
  return true;
}

bool lose_a_raise(Story& story) {
  EventChange* raise = acknowledged_raise(story);
  if (raise == nullptr || std::ssize(coupons_of(story)) > first_quantity(story)) return false;
  stored(story).event.quantity = first_quantity(story);
  return true;
}

// Waiting.

bool send_to_the_back_who_presses_again(Story& story) {
  Press* placed = find_press(story, [](const Press& press) {
    return press.position && press.key.empty() && press.ask == Ask::request;
  });
  if (placed == nullptr) return false;
  const Press first = *placed;
  const std::int64_t end_us = first.when.end_us();
  add(story, first.user, Ask::request, {end_us + 1, end_us + 9}, Told::queued).position =
      *first.position + 7;
  return true;
}

bool never_decide(Story& story) {
  add(story, stranger(), Ask::request, {1'000'000, 1'000'900}, Told::queued).position = 1'000;
  add(story, stranger(), Ask::query, {20'000'000, 20'000'900}, Told::queued).position = 1'000;
  return true;
}

bool leave_one_in_line_at_rest(Story& story) {
  if (is_full(story)) return false;
  add(story, stranger(), Ask::request, {7'000'000, 7'000'900}, Told::queued).position = 1'000;
  return true;
}

bool drop_a_place(Story& story) {
  add(story, stranger(), Ask::request, {1'000'000, 1'000'900}, Told::queued).position = 1'000;
  add(story, stranger(), Ask::query, {1'500'000, 1'500'900}, Told::none);
  return true;
}

bool answer_late(Story& story) {
  Press* press = find_press(story, [](const Press& p) {
    return p.told == Told::issued && p.key.empty() && p.ask == Ask::request;
  });
  if (press == nullptr) return false;
  *press->when.complete_us += 2'100'000;
  return true;
}

// Keys, sales, lists.

bool answer_a_key_differently(Story& story) {
  Press* again = find_press(story, [&](const Press& press) {
    return press.has_coupon() && !press.key.empty() &&
           find_press(story, [&](const Press& other) {
             return other.key == press.key && other.op != press.op && other.has_coupon();
           }) != nullptr;
  });
  if (again == nullptr) return false;
  again->told = Told::refused;
  again->code = "event_closed";
  again->coupon.reset();
  return true;
}

bool place_an_order_twice(Story& story) {
  for (std::size_t i = 0; i < story.history.orders.size(); ++i) {
    for (std::size_t j = i + 1; j < story.history.orders.size(); ++j) {
      verify::OrderPlacing& first = story.history.orders[i];
      verify::OrderPlacing& second = story.history.orders[j];
      if (first.key == second.key && first.ended == Ended::done && second.ended == Ended::done) {
        second.order.value += 1'000;
        return true;
      }
    }
  }
  return false;
}

bool store_an_order_twice(Story& story) {
  if (story.rest.orders->empty()) return false;
  verify::StoredOrder order = story.rest.orders->front();
  order.order.value += 1'000;
  story.rest.orders->push_back(order);
  return true;
}

// A product of which everything is known for certain, so that nothing else explains its score.
bool change_a_score(Story& story, int sign) {
  for (verify::Score& entry : story.rest.scores[0].entries) {
    const auto is_unsure = [&](const auto& sale) {
      return sale.product == entry.product && sale.ended != Ended::done;
    };
    const auto& sales = story.history.sales;
    if (std::any_of(sales.begin(), sales.end(), is_unsure)) continue;
    for (const verify::Sale& sale : sales) {
      if (sale.product != entry.product) continue;
      entry.score += sign * sale.quantity;
      return true;
    }
  }
  return false;
}

bool lose_a_sale(Story& story) { return change_a_score(story, -1); }
bool double_a_sale(Story& story) { return change_a_score(story, 1); }

bool let_a_list_go_back(Story& story) {
  for (ListRead& first : story.history.list_reads) {
    for (ListRead& second : story.history.list_reads) {
      if (first.server == second.server && first.when.is_before(second.when) &&
          first.revision < second.revision) {
        std::swap(first.revision, second.revision);
        std::swap(first.entries, second.entries);
        return true;
      }
    }
  }
  return false;
}

bool mix_two_states(Story& story) {
  for (ListRead& first : story.history.list_reads) {
    for (const ListRead& second : story.history.list_reads) {
      if (first.server != second.server && first.revision == second.revision &&
          first.entries.size() > 1) {
        ++first.entries[0].score;
        return true;
      }
    }
  }
  return false;
}

void anything(ShopPlan&) {}

void calm(ShopPlan& plan) {
  plan.has_fault = plan.has_pause = false;
  plan.raises = 0;
}

void calm_and_scarce(ShopPlan& plan) {
  calm(plan);
  plan.quantity = 5;
  plan.shoppers = 40;
  plan.presses = 120;
}

void calm_with_a_line(ShopPlan& plan) {
  calm(plan);
  plan.has_line = true;
  plan.quantity = 60;
}

void raised_once(ShopPlan& plan) {
  calm_and_scarce(plan);
  plan.raises = 1;
}

void plenty(ShopPlan& plan) {
  calm(plan);
  plan.quantity = 500;
}

void raised_in_vain(ShopPlan& plan) {
  plenty(plan);
  plan.raises = 1;
}

}  // namespace

std::vector<Bug> all_bugs() {
  return {
      {"OversellByOne", "S1", calm_and_scarce, oversell_by_one},
      {"GiveBeforeTheRaise", "S1", raised_once, give_before_the_raise},
      {"GiveASecondCoupon", "S2", anything, give_a_second_coupon},
      {"GiveToWhoNeverAsked", "S3", anything, give_to_who_never_asked},
      {"GiveOneNumberTwice", "numbers", anything, give_one_number_twice},
      {"SkipANumber", "numbers", anything, skip_a_number},
      {"TellBeforeTheCommit", "S4", anything, tell_before_the_commit},
      {"TellAHolderSoldOut", "S4", anything, tell_a_holder_sold_out},
      {"ForgetASoldOut", "S4", calm_and_scarce, forget_a_sold_out},
      {"IssueToAPlaceOfTheLastRound", "S4", raised_once, issue_to_a_place_of_the_last_round},
      {"LetALaterAskerWin", "S5", calm, let_a_later_asker_win},
      {"RefuseBeforeAWinnerAsks", "S5", calm, refuse_before_a_winner_asks},
      {"SaySoldOutWithOneLeft", "S6", calm_and_scarce, say_sold_out_with_one_left},
      {"SaySoldOutAfterARaise", "S6", raised_once, say_sold_out_after_a_raise},
      {"LoseARaise", "S6", raised_in_vain, lose_a_raise},
      {"LeaveOneInLineAtRest", "S6", plenty, leave_one_in_line_at_rest},
      {"AnswerAKeyDifferently", "S7", anything, answer_a_key_differently},
      {"PlaceAnOrderTwice", "S7", anything, place_an_order_twice},
      {"StoreAnOrderTwice", "S7", anything, store_an_order_twice},
      {"LoseASale", "S8", anything, lose_a_sale},
      {"DoubleASale", "S8", anything, double_a_sale},
      {"LetAListGoBack", "S9", anything, let_a_list_go_back},
      {"MixTwoStates", "S9", anything, mix_two_states},
      {"NeverDecide", "L1", calm, never_decide},
      {"DropAPlace", "L1", calm, drop_a_place},
      {"AnswerLate", "L1", calm, answer_late},
      {"SendToTheBackWhoPressesAgain", "line order", calm_with_a_line,
       send_to_the_back_who_presses_again},
      {"LetAPlaceBeOvertaken", "line order", calm_with_a_line, let_a_place_be_overtaken},
  };
}

}  // namespace rushline::tests
