-- Coupon events and the coupons that they gave out. What must never happen is refused here,
-- whatever the code does.

CREATE TABLE coupon_events (
  -- The coupon's id leaves 23 bits for the event.
  event_id INTEGER PRIMARY KEY CHECK (event_id BETWEEN 1 AND 8388607),
  name TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000000000),
  issued INTEGER NOT NULL CHECK (issued BETWEEN 0 AND quantity),
  discount_kind TEXT NOT NULL CHECK (discount_kind IN ('fixed', 'rate')),
  discount_value INTEGER NOT NULL CHECK (discount_value >= 1),
  ack TEXT NOT NULL CHECK (ack IN ('verdict', 'queued')),
  coupon_valid_days INTEGER,
  opens_at INTEGER,
  closes_at INTEGER,
  closed_at INTEGER,
  sold_out_at INTEGER,
  paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('direct', 'redis')),
  epoch INTEGER NOT NULL CHECK (epoch >= 1),
  replid TEXT NOT NULL,
  mark INTEGER NOT NULL CHECK (mark >= 0),
  raise_quantity INTEGER,
  raise_effective_at INTEGER,
  CHECK ((raise_quantity IS NULL) = (raise_effective_at IS NULL))
) STRICT;

-- A coupon's id is made of its event (upper bits) and its number in it (lower 30 bits). So the
-- table itself, in the order of the ids, is both UNIQUE(event, issue_no) and the feed of an event,
-- and a coupon costs two trees, of which only one is hit at random.
CREATE TABLE coupons (
  coupon_id INTEGER PRIMARY KEY,
  event_id INTEGER NOT NULL GENERATED ALWAYS AS (coupon_id >> 30) VIRTUAL
    REFERENCES coupon_events (event_id),
  issue_no INTEGER NOT NULL GENERATED ALWAYS AS (coupon_id & 1073741823) VIRTUAL
    CHECK (issue_no >= 1),
  user_id TEXT NOT NULL,
  seq INTEGER,  -- the place in line that it came from; NULL = came in directly
  epoch INTEGER NOT NULL,
  discount_kind TEXT NOT NULL,  -- of the event when it was issued
  discount_value INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER,  -- NULL = never
  order_id INTEGER REFERENCES orders (order_id)  -- used by; NULL = usable
) STRICT;

-- One coupon per event and user. The user comes first, so that the same tree finds all coupons of a
-- user.
CREATE UNIQUE INDEX coupons_by_user ON coupons (user_id, event_id);
