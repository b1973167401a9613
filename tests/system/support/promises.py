"""What a history of presses must show: the promises S1 to S6, as a shopper can check them.

A press was *told* when its answer had been read, and *asked* when its bytes were sent, both on one
monotonic clock of one process; so "told before asked" is certain.
"""


def told(presses, *states):
    return [press for press in presses if press.status and press.state in states]


def first_asked(presses):
    """When each user asked first."""
    asked = {}
    for press in presses:
        asked[press.user] = min(press.invoked, asked.get(press.user, press.invoked))
    return asked


def coupon_of_each(case, presses, known=None):
    """S4: whoever was told a coupon is always told the same one. User → (coupon_id, issue_no)."""
    coupons = dict(known or {})
    for press in told(presses, "issued"):
        coupon = (press.body["coupon_id"], press.body["issue_no"])
        case.assertEqual(coupons.setdefault(press.user, coupon), coupon, press)
    return coupons


def check_verdicts(case, presses):
    """Statuses and bodies that go with each verdict."""
    for press in told(presses, "issued"):
        case.assertEqual(press.status, 200 if press.body["repeat"] else 201, press)
    for press in told(presses, "sold_out"):
        case.assertEqual(press.status, 200, press)


def check_one_coupon_each(case, coupons):
    """S2, and no number twice."""
    case.assertEqual(len({coupon for coupon, _ in coupons.values()}), len(coupons))
    case.assertEqual(len({number for _, number in coupons.values()}), len(coupons))


def check_nobody_changed_sides(case, presses):
    """S4: in one round, whoever was told sold out is never told a coupon, and the other way."""
    winners = {press.user for press in told(presses, "issued")}
    losers = {press.user for press in told(presses, "sold_out")}
    case.assertEqual(winners & losers, set())


def check_order(case, presses):
    """S5: told before asked → lower number; told sold out before asked → no coupon."""
    asked = first_asked(presses)
    numbers, told_at = {}, {}
    for press in told(presses, "issued"):
        numbers[press.user] = press.body["issue_no"]
        told_at[press.user] = min(press.completed, told_at.get(press.user, press.completed))
    told_in_time = sorted((moment, numbers[user]) for user, moment in told_at.items())
    highest, index = 0, 0
    for user in sorted(numbers, key=asked.get):
        while index < len(told_in_time) and told_in_time[index][0] < asked[user]:
            highest = max(highest, told_in_time[index][1])
            index += 1
        case.assertGreater(numbers[user], highest,
                           f"{user} asked after number {highest} was told")
    refusals = [press.completed for press in told(presses, "sold_out")]
    if refusals and numbers:
        last = max(numbers, key=asked.get)
        case.assertLess(asked[last], min(refusals), f"{last} asked after sold out was told")


def check_feed(case, event_id, coupons, expected_count):
    """The issued coupons stand in the feed by their numbers, without a gap, as they were told."""
    feed, after = [], 0
    while True:
        page = case.get(f"/v1/coupon-events/{event_id}/coupons?after={after}&limit=1000").json()
        if not page["items"]:
            break
        feed += page["items"]
        after = page["next"]
    case.assertEqual([item["issue_no"] for item in feed], list(range(1, expected_count + 1)))
    stored = {item["user_id"]: (item["coupon_id"], item["issue_no"]) for item in feed}
    case.assertEqual(len(stored), expected_count)
    for user, coupon in coupons.items():
        case.assertEqual(stored.get(user), coupon, user)
    return stored


def check_round(case, presses, quantity, event_id):
    """Everything that one round of one event promises."""
    check_verdicts(case, presses)
    coupons = coupon_of_each(case, presses)
    check_one_coupon_each(case, coupons)
    check_nobody_changed_sides(case, presses)
    check_order(case, presses)
    users = {press.user for press in presses}
    check_feed(case, event_id, coupons, min(quantity, len(users)))
    return coupons
