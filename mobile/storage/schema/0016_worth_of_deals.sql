-- What the office says a deal in another currency is worth in its own; empty: not said.

ALTER TABLE deal ADD COLUMN base_amount_minor INTEGER;
