BEGIN TRANSACTION;
CREATE TABLE endpoint (
  id             TEXT PRIMARY KEY,
  url            TEXT    NOT NULL,
  events         TEXT    NOT NULL,  -- one type a line
  secret         TEXT    NOT NULL,
  old_secret     TEXT,              -- signs as well until old_until, so that a receiver can change over
  old_until      INTEGER,
  created        INTEGER NOT NULL,
  disabled       TEXT               -- why nothing is sent; null when it is
);
INSERT INTO "endpoint" VALUES('01a20439c7c97ac38c5fd524495ca09b','https://hooks.example.org/ptt','message.delivered','whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',NULL,NULL,1795367225293,NULL);
CREATE TABLE event (
  n        INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint TEXT    NOT NULL,
  id       TEXT    NOT NULL,        -- the same for every endpoint and every attempt: webhook-id
  message  TEXT    NOT NULL,        -- events of one message stay in their order
  type     TEXT    NOT NULL,
  body     BLOB    NOT NULL,
  created  INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due      INTEGER NOT NULL,
  dead     INTEGER NOT NULL DEFAULT 0,
  result   TEXT,                    -- what the last attempt ended with
  UNIQUE (endpoint, id)
);
CREATE INDEX event_due ON event (endpoint, due) WHERE dead = 0;
CREATE INDEX event_message ON event (endpoint, message, n) WHERE dead = 0;
COMMIT;
PRAGMA user_version=1;
