-- A receipt is recorded with its expense, and says when it was photographed.
ALTER TABLE receipt_draft ADD COLUMN captured TEXT NOT NULL DEFAULT '';   -- a change's `t`, JSON
