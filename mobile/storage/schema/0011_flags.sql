-- What the office noted about a record it kept as it came: JSON, codes with how many times.
ALTER TABLE outbox ADD COLUMN flags TEXT;
