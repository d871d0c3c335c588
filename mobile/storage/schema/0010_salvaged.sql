-- Changes read from a damaged database, until the phone is enrolled again and makes them anew.
CREATE TABLE salvaged (
    number INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    line BLOB NOT NULL
) STRICT;
