-- Products with their stock, and orders.

CREATE TABLE products (
  product_id TEXT PRIMARY KEY CHECK (length(product_id) BETWEEN 1 AND 64),
  name TEXT NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  stock INTEGER NOT NULL CHECK (stock >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY CHECK (order_id >= 1),
  user_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('placed', 'completed', 'cancelled', 'expired')),
  subtotal INTEGER NOT NULL CHECK (subtotal >= 0),
  discount INTEGER NOT NULL CHECK (discount BETWEEN 0 AND subtotal),
  total INTEGER NOT NULL CHECK (total = subtotal - discount),
  coupon_id INTEGER REFERENCES coupons (coupon_id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  completed_at INTEGER,
  CHECK (status != 'completed' OR completed_at IS NOT NULL)
) STRICT;

-- Who has not paid, the oldest first; small, because orders leave it.
CREATE INDEX orders_unpaid ON orders (expires_at) WHERE status = 'placed';

-- The last guard: a coupon takes something off one order at a time.
CREATE UNIQUE INDEX orders_by_coupon ON orders (coupon_id)
  WHERE coupon_id IS NOT NULL AND status IN ('placed', 'completed');

CREATE TABLE order_lines (
  order_id INTEGER NOT NULL REFERENCES orders (order_id),
  line_no INTEGER NOT NULL CHECK (line_no >= 1),
  product_id TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  unit_price INTEGER NOT NULL CHECK (unit_price >= 0),
  PRIMARY KEY (order_id, line_no)
) STRICT, WITHOUT ROWID;
