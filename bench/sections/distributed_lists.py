"""P10, P11: lists on PostgreSQL and Redis, against the peer and against a small catalogue."""

import statistics

from harness.loads import Closed, lasting, press_peer, warm_up
from harness.measures import measures
from harness.purchases import (LIST, fill_purchases, fill_rushline, product, quantity_of,
                               wait_until_listed)
from harness.report import compare
from sections.lists import compare_catalogues

RAISES = 1_000  # of one request
REQUESTS = 10
PEER_RUN_LENGTH = 5  # times --seconds: 64 readers of the peer wait for seconds


@measures("P10")
def list_against_after(stage, report):
    options, database = stage.options, stage.postgres()
    ours, peer = stage.rushline(database, stage.redis()), stage.peer("after", database,
                                                                     stage.redis())
    fill_rushline(ours, 10_000, days=3)
    fill_purchases(peer, 10_000, days=3)
    first, theirs = (side.call("GET", LIST)[1]["items"] for side in (ours, peer))
    if [line["score"] for line in first] != [line["score"] for line in theirs]:
        raise AssertionError("the two sides serve different lists")
    warm_up(options, peer, "get", LIST)
    patient = lasting(options, PEER_RUN_LENGTH * options.seconds)
    compare(stage, report, "P10", "popular list, 10,000 products, 64 connections",
            lambda: Closed(options, ours, 64, "get", LIST),
            lambda: press_peer(patient, peer, 64, "get", LIST),
            "the \"after\" peer (ZUNION per read)")


@measures("P11")
def catalogues_on_redis(stage, report):
    shops = []
    for products in (1_000, stage.options.products):
        redis = stage.redis()
        server = stage.rushline(stage.postgres(), redis)
        fill_rushline(server, products)
        shops.append((server, redis, products))
    compare_catalogues(stage, report, shops[0][0], shops[1][0], "PostgreSQL and Redis")
    pairs = [tuple(redis_cpu_per_raise(*shop, n) for shop in shops)
             for n in range(stage.options.rounds)]
    small, large = (statistics.median(column) for column in zip(*pairs))
    report.row("P11 raise", f"Redis CPU of a rank raise, {stage.options.products:,} products",
               f"{large:.2f} µs", f"1,000 products {small:.2f} µs", [b / a for a, b in pairs])


def redis_cpu_per_raise(server, redis, products, round_number):
    """Raises spread over the catalogue, each request waited for; what Redis used for each."""
    before = redis.own_cpu_seconds()
    for part in range(REQUESTS):
        turn = round_number * REQUESTS + part
        spread = [(turn + n * (products // RAISES)) % products for n in range(RAISES - 1)]
        numbers = [*(n for n in spread if n != products - 1), products - 1]
        server.call("POST", "/v1/purchases", {"purchases": [
            {"purchase_id": f"raise-{turn}-{n}", "product_id": product(n), "quantity": 1}
            for n in numbers]})
        wait_until_listed(server, products - 1, quantity_of(products - 1) + turn + 1)
    return (redis.own_cpu_seconds() - before) * 1e6 / (REQUESTS * RAISES)
