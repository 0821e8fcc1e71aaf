-- Orders for everything that a filter finds. How far one has come is written in the transaction that changes the messages, so that after a restart it goes
-- on where it was: nothing is left out and nothing is done twice.
CREATE TABLE job (
  id         TEXT PRIMARY KEY,
  verb       TEXT    NOT NULL,
  by         TEXT    NOT NULL,
  text       TEXT,                  -- the reason, or where to
  filter     TEXT    NOT NULL,      -- JSON: QueueFilter
  queued     INTEGER NOT NULL,      -- messages in the queue when it began
  started_at INTEGER NOT NULL,
  cursor     TEXT,                  -- before which message it goes on; null at its beginning
  matched    INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  ended_at   INTEGER,               -- null while it runs
  fault      TEXT
) WITHOUT ROWID;
