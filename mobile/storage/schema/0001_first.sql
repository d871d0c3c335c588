-- The phone's database: the outbox, copies of the server's rows, and evidence made here.

CREATE TABLE device (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    device_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    rep_name TEXT NOT NULL,
    server_url TEXT NOT NULL,
    organisation TEXT NOT NULL,          -- JSON: settings of the organisation
    epoch TEXT NOT NULL,
    next_sequence INTEGER NOT NULL,
    head BLOB NOT NULL,                  -- of the chain, after the newest change
    settled INTEGER NOT NULL,            -- results are kept up to this change
    anchor_token TEXT,
    anchor_at_ms INTEGER,
    anchor_elapsed_ms INTEGER,
    anchor_boot_id TEXT,
    last_sync_at_ms INTEGER
) STRICT;

CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY,
    group_id TEXT,
    entity TEXT NOT NULL,
    record_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    line BLOB NOT NULL,                  -- the exact bytes to send
    head BLOB NOT NULL,                  -- of the chain, after this change
    made_at_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'settled')),
    status TEXT,
    code TEXT,
    field TEXT,
    settled_at_ms INTEGER
) STRICT;
CREATE INDEX outbox_record ON outbox (record_id, sequence);
CREATE INDEX outbox_pending ON outbox (sequence) WHERE state = 'pending';

-- What needs the rep: a rejected change, or a conflict with both values.
CREATE TABLE attention (
    sequence INTEGER PRIMARY KEY REFERENCES outbox (sequence),
    mine TEXT NOT NULL,
    theirs TEXT,
    theirs_version INTEGER,
    solved INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE cursor (
    scope TEXT PRIMARY KEY,
    position INTEGER NOT NULL DEFAULT 0,
    staged_position INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Pages that have come, until the last one makes them one consistent state.
CREATE TABLE inbox (
    number INTEGER PRIMARY KEY,
    change BLOB NOT NULL
) STRICT;

CREATE TABLE row_scope (
    entity TEXT NOT NULL,
    record_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (scope, entity, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_scope_record ON row_scope (record_id);

-- Copies. `base` is the row as the server has it; the columns are base plus changes not yet sent.

CREATE TABLE customer (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    base TEXT, base_version INTEGER,
    code TEXT NOT NULL, name TEXT NOT NULL, customer_class TEXT NOT NULL,
    contact_name TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL,
    address TEXT NOT NULL, city TEXT NOT NULL, notes TEXT NOT NULL,
    latitude REAL, longitude REAL, radius_m REAL, location_version INTEGER NOT NULL,
    is_prospect INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_name ON customer (name COLLATE NOCASE);
CREATE INDEX customer_place ON customer (latitude, longitude);

-- Words of name, code, phone and city. An index, because Android's SQLite comes without FTS5.
CREATE TABLE customer_word (
    word TEXT NOT NULL,
    customer INTEGER NOT NULL,
    PRIMARY KEY (word, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_word_customer ON customer_word (customer);

CREATE TRIGGER customer_deleted AFTER DELETE ON customer BEGIN
    DELETE FROM customer_word WHERE customer = old.number;
END;

CREATE TABLE product (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    sku TEXT NOT NULL, name TEXT NOT NULL, category TEXT NOT NULL, unit TEXT NOT NULL,
    price_minor INTEGER NOT NULL, active INTEGER NOT NULL
) STRICT;
CREATE INDEX product_name ON product (name COLLATE NOCASE);

CREATE TABLE stage (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    name TEXT NOT NULL, kind TEXT NOT NULL, position INTEGER NOT NULL
) STRICT;

CREATE TABLE stop (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    customer_id TEXT NOT NULL, day TEXT NOT NULL, sequence INTEGER NOT NULL,
    state TEXT NOT NULL, cancel_reason TEXT NOT NULL
) STRICT;
CREATE INDEX stop_day ON stop (day, sequence);

CREATE TABLE visit (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    customer_id TEXT NOT NULL, stop_id TEXT, state TEXT NOT NULL,
    day TEXT, started_at_ms INTEGER, ended_at_ms INTEGER,
    verdict TEXT, distance_m REAL,
    no_sale_reason TEXT, notes TEXT NOT NULL, cancel_reason TEXT NOT NULL
) STRICT;
CREATE INDEX visit_customer ON visit (customer_id);
CREATE INDEX visit_day ON visit (day);

CREATE TABLE deal (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    customer_id TEXT, visit_id TEXT, title TEXT NOT NULL, stage_key TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, lines TEXT NOT NULL,
    note TEXT NOT NULL, voided INTEGER NOT NULL
) STRICT;
CREATE INDEX deal_visit ON deal (visit_id);
CREATE INDEX deal_customer ON deal (customer_id);

-- Evidence made on this phone. It never changes, and the server sends none back.

CREATE TABLE presence (
    id TEXT PRIMARY KEY,
    visit_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('check_in', 'check_out')),
    at_ms INTEGER NOT NULL,
    day TEXT NOT NULL,
    verdict TEXT NOT NULL, reason TEXT NOT NULL,
    distance_m REAL, accuracy_m REAL,
    UNIQUE (visit_id, kind)
) STRICT;
CREATE INDEX presence_day ON presence (day);

CREATE TABLE work_day (
    id TEXT PRIMARY KEY,
    day TEXT NOT NULL UNIQUE,
    started_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER
) STRICT;

CREATE TABLE consent (
    id TEXT PRIMARY KEY,
    given INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- Fixes of the day's track that are not in a chunk of the outbox yet.
CREATE TABLE track_fix (
    at_ms INTEGER PRIMARY KEY,
    latitude REAL NOT NULL, longitude REAL NOT NULL, accuracy_m REAL NOT NULL,
    is_mock INTEGER NOT NULL
) STRICT;

CREATE TABLE preference (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE sync_attempt (
    number INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    problem TEXT NOT NULL
) STRICT;
