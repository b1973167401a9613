-- The epoch whose line in Redis may be kept when Redis is used again; 0 = none.

ALTER TABLE coupon_events ADD COLUMN line_epoch INTEGER NOT NULL DEFAULT 0
  CHECK (line_epoch BETWEEN 0 AND epoch);
