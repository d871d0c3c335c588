-- Tasks and expenses, and what the pipeline shows of a deal.

CREATE TABLE task (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    title TEXT NOT NULL, note TEXT NOT NULL,
    customer_id TEXT, visit_id TEXT,
    due_on TEXT, state TEXT NOT NULL, given_by TEXT NOT NULL
) STRICT;
CREATE INDEX task_state ON task (state, due_on);
CREATE INDEX task_customer ON task (customer_id);

CREATE TABLE expense (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    day TEXT NOT NULL, kind TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, mileage_m INTEGER,
    note TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE INDEX expense_day ON expense (day);

ALTER TABLE deal ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE deal ADD COLUMN expected_close_on TEXT;
ALTER TABLE deal ADD COLUMN lost_reason TEXT NOT NULL DEFAULT '';
UPDATE deal SET
    source = coalesce(json_extract(base, '$.source'), ''),
    expected_close_on = json_extract(base, '$.expected_close_on'),
    lost_reason = coalesce(json_extract(base, '$.lost_reason'), '')
WHERE base IS NOT NULL;
CREATE INDEX deal_stage ON deal (stage_key);

CREATE INDEX outbox_entity ON outbox (entity, made_at_ms);

-- An older app passed over rows of tasks and expenses: everything is fetched once more.
DELETE FROM inbox WHERE EXISTS (SELECT 1 FROM row_scope WHERE entity IN ('task', 'expense'));
UPDATE cursor SET position = 0, staged_position = 0
WHERE EXISTS (SELECT 1 FROM row_scope WHERE entity IN ('task', 'expense'));
UPDATE row_scope SET version = -1
WHERE EXISTS (SELECT 1 FROM row_scope WHERE entity IN ('task', 'expense'));
