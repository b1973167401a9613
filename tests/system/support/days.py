"""Days of the shop, for tests that must not meet midnight.

Their shop lives in a zone where it is about noon now, so that no day ends while they run.
"""
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo


def _daytime_zone():
    offset = 12 - datetime.now(timezone.utc).hour  # -11 to 12
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"  # Etc/GMT-9 is nine hours east


DAYTIME_ZONE = _daytime_zone()


def shop_zone():
    return ZoneInfo(DAYTIME_ZONE)


def days_ago(count):
    """Noon of the day of the shop `count` days before today, in RFC 3339."""
    noon = datetime.now(shop_zone()).replace(hour=12, minute=0, second=0, microsecond=0)
    return rfc3339(noon - timedelta(days=count))


def rfc3339(moment):
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def from_now(seconds):
    return rfc3339(datetime.now(timezone.utc) + timedelta(seconds=seconds))


def parse(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
