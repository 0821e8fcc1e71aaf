-- The queue: what was accepted and is not yet settled. What is settled leaves these tables and goes on as a story.

CREATE TABLE message (
  seq         INTEGER PRIMARY KEY,  -- the first 60 bits of the id: time, then a counter
  id          BLOB    NOT NULL,     -- SpoolId, big-endian
  accepted_at INTEGER NOT NULL,     -- milliseconds since 1970, as all times here
  sender      TEXT    NOT NULL,     -- reverse-path, empty for <>
  login       TEXT,                 -- who logged in
  recipients  TEXT    NOT NULL,     -- forward-paths in their accepted order, one a line
  size        INTEGER NOT NULL,
  subject     TEXT,
  message_id  TEXT,
  header_from TEXT,
  in_file     INTEGER NOT NULL,     -- 1: the octets are the file bodies/<id>, else a row of content
  details     TEXT    NOT NULL      -- JSON: StoredEnvelope
);

CREATE TABLE content (
  seq    INTEGER PRIMARY KEY,
  octets BLOB NOT NULL
);

-- One message, one destination. In the hands of this process while lease > 0; waiting while lease = 0.
CREATE TABLE delivery (
  seq         INTEGER NOT NULL,
  part        INTEGER NOT NULL,
  destination TEXT    NOT NULL,
  turn        TEXT    NOT NULL,     -- whose turn it takes among senders: the login, else the domain of the reverse-path
  retry       INTEGER NOT NULL,     -- 1 after the first deferral
  attempt     INTEGER NOT NULL,     -- counted when leased
  lease       INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  hold        TEXT,                 -- why it is held; null when it is not
  reroute     TEXT,                 -- host:port set by an administrator
  verdict     TEXT,                 -- JSON: an administrator's reply in place of an attempt
  dropped     INTEGER NOT NULL DEFAULT 0,   -- to be forgotten when the attempt that is running ends
  recipients  TEXT,                 -- JSON: RecipientState[]; null while all recipients of the destination are untouched
  last_reply  TEXT,                 -- what the last attempt ended with
  PRIMARY KEY (seq, part)
) WITHOUT ROWID;

-- Only what waits on disk is here: a message that is delivered at once never touches this index.
CREATE INDEX delivery_due ON delivery (turn, destination, retry, due_at) WHERE lease = 0 AND hold IS NULL;

-- What happened and has not been carried to the trace and to the webhooks yet, in its order.
CREATE TABLE story (
  n    INTEGER PRIMARY KEY,
  told BLOB NOT NULL                -- JSON: Story
);

CREATE TABLE paused (
  destination TEXT PRIMARY KEY,
  since       INTEGER NOT NULL,
  reason      TEXT NOT NULL,
  by          TEXT NOT NULL
) WITHOUT ROWID;
