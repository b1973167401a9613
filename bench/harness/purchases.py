"""Fills a shop with purchases by HTTP: Rushline's and the peers' alike."""

import datetime

from harness.programs import CannotRun, wait_for

LIST = "/v1/products/popular?window=3d&limit=100"
LINES_PER_REQUEST = 10_000


def product(number):
    return f"product-{number:09d}"


def quantity_of(number, equal=False):
    return 1 if equal or number >= 1000 else 2000 - number


def fill_purchases(server, products, days=1, prefix="p"):
    """One purchase of each of `products` products on each of the last days; the first sell more."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for back in reversed(range(days)):
        on = {"occurred_at": f"{now - datetime.timedelta(days=back):%Y-%m-%dT%H:%M:%SZ}"}
        for begin in range(0, products, LINES_PER_REQUEST):
            server.call("POST", "/v1/purchases", {"purchases": [
                {"purchase_id": f"{prefix}-{back}-{n}", "product_id": product(n),
                 "quantity": quantity_of(n), **on}
                for n in range(begin, min(begin + LINES_PER_REQUEST, products))]})


def wait_until_listed(server, number, score, seconds=180):
    """Until Rushline's board knows that score of that product, and so everything before it."""
    path = f"/v1/products/{product(number)}/rank?window=3d"
    told = "no answer"

    def listed():
        nonlocal told
        standing = server.call("GET", path)[1]
        # Without a rank it is the database that answers, for a board that is on its way.
        told = standing["score"] if standing["rank"] else "no rank"
        return told == score

    try:
        wait_for(listed, f"a score of {score} for {product(number)}", seconds, every=0.05)
    except CannotRun as why:
        raise CannotRun(f"{server.name}: {why}; last told: {told}") from why


def fill_rushline(server, products, days=1):
    fill_purchases(server, products, days)
    wait_until_listed(server, products - 1, days * quantity_of(products - 1))
