-- The epoch whose line in Redis may be kept when Redis is used again; 0 = none.

ALTER TABLE rushline.coupon_events ADD COLUMN line_epoch bigint NOT NULL DEFAULT 0
  CHECK (line_epoch BETWEEN 0 AND epoch);

-- Events in which something is still to be decided: every server looks at them again and again.
CREATE INDEX coupon_events_undecided ON rushline.coupon_events (event_id)
  WHERE sold_out_at IS NULL;
