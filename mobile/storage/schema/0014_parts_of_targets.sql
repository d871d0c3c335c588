-- What counts of a target on which days: the rep joined, leaves or works part time.

ALTER TABLE target ADD COLUMN parts TEXT;   -- JSON; empty: all of it
