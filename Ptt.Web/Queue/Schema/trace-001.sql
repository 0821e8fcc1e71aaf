-- What happened to the messages that were accepted on one day (UTC). Nothing here is needed to deliver mail.

CREATE TABLE message (
  id          BLOB PRIMARY KEY,     -- SpoolId, big-endian: in the order of acceptance
  sender      TEXT    NOT NULL,
  login       TEXT,
  size        INTEGER NOT NULL,
  header_from TEXT,
  subject     TEXT,
  message_id  TEXT,
  client      TEXT,
  tls         TEXT
) WITHOUT ROWID;

CREATE TABLE recipient (
  id      BLOB    NOT NULL,
  number  INTEGER NOT NULL,
  address TEXT    NOT NULL,
  state   TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  reply   TEXT,
  PRIMARY KEY (id, number)
) WITHOUT ROWID;

CREATE TABLE event (
  id   BLOB    NOT NULL,
  n    INTEGER NOT NULL,            -- the number of the story in the spool's journal
  at   INTEGER NOT NULL,
  told BLOB    NOT NULL,            -- JSON: Story
  PRIMARY KEY (id, n)
) WITHOUT ROWID;

-- One index for everything that a message is looked up by: addresses, domains, Message-ID; by their hash.
CREATE TABLE lookup (
  key INTEGER NOT NULL,
  id  BLOB    NOT NULL,
  PRIMARY KEY (key, id)
) WITHOUT ROWID;
