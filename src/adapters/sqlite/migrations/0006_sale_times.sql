-- When a sale was written to the outbox, for how long it takes to reach the lists; 0 = before this
-- was noted.

ALTER TABLE outbox ADD COLUMN written_at INTEGER NOT NULL DEFAULT 0;
