-- What the rep's own numbers are counted from, beside visits, orders and stops.

ALTER TABLE visit ADD COLUMN started_clock_s INTEGER;   -- seconds since midnight where it was
ALTER TABLE visit ADD COLUMN ended_clock_s INTEGER;
ALTER TABLE visit ADD COLUMN duration_s INTEGER;
ALTER TABLE visit ADD COLUMN auto_closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deal ADD COLUMN closed_on TEXT;

CREATE TABLE target (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    metric_key TEXT NOT NULL,
    month TEXT NOT NULL,                 -- its first day
    amount INTEGER NOT NULL              -- minor units, or a number
) STRICT;
CREATE INDEX target_month ON target (metric_key, month);

CREATE TABLE holiday (
    id TEXT PRIMARY KEY,                 -- the day
    base TEXT, base_version INTEGER,
    name TEXT NOT NULL
) STRICT;
