CREATE TABLE suppression (
  address TEXT PRIMARY KEY,         -- lower case
  origin  TEXT    NOT NULL,         -- learned, manual, complaint
  reason  TEXT    NOT NULL,
  added   INTEGER NOT NULL,
  by      TEXT    NOT NULL,
  expires INTEGER                   -- null: never
) WITHOUT ROWID;

-- Recipients that have failed, but not yet often and long enough.
CREATE TABLE strike (
  address TEXT PRIMARY KEY,
  times   INTEGER NOT NULL,
  first   INTEGER NOT NULL
) WITHOUT ROWID;
