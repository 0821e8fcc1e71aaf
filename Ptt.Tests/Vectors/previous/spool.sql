BEGIN TRANSACTION;
CREATE TABLE content (
  seq    INTEGER PRIMARY KEY,
  octets BLOB NOT NULL
);
INSERT INTO "content" VALUES(7353824156696576,X'46726F6D3A20616461406578616D706C652E746573740D0A546F3A20626F62406C617465722E746573740D0A5375626A6563743A206F66207468652070726576696F75732072656C656173650D0A582D49643A20310D0A4D6573736167652D49443A203C31406578616D706C652E746573743E0D0A446174653A2053756E2C203232204E6F7620323032362031303A30303A3030202B303030300D0A0D0A48656C6C6F2E0D0A');
INSERT INTO "content" VALUES(7353824159850496,X'46726F6D3A20616461406578616D706C652E746573740D0A546F3A20626F62406C617465722E746573740D0A5375626A6563743A206F66207468652070726576696F75732072656C656173650D0A582D49643A20320D0A4D6573736167652D49443A203C32406578616D706C652E746573743E0D0A446174653A2053756E2C203232204E6F7620323032362031303A30303A3030202B303030300D0A0D0A48656C6C6F2E0D0A');
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
INSERT INTO "delivery" VALUES(7353824156696576,0,'later.test','example.test',1,1,0,1795367357524,NULL,NULL,NULL,0,'[{"dueAt":1795367357524,"reply":"451 4.4.1 Connecting to 127.0.0.1:9 failed: connection refused"}]','451 4.4.1 Connecting to 127.0.0.1:9 failed: connection refused');
INSERT INTO "delivery" VALUES(7353824159850496,0,'later.test','example.test',1,1,0,1795367353141,NULL,NULL,NULL,0,'[{"dueAt":1795367353141,"reply":"451 4.4.1 Connecting to 127.0.0.1:9 failed: connection refused"}]','451 4.4.1 Connecting to 127.0.0.1:9 failed: connection refused');
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
INSERT INTO "message" VALUES(7353824156696576,X'01A20439C99C7000908B76939F9FAA7A',1795367225758,'ada@example.test',NULL,'bob@later.test',166,'of the previous release','<1@example.test>','ada@example.test',0,'{"sessionId":"0HNQ8NC33VGPN","receivedAt":1795367225750,"client":"127.0.0.1","helo":"vm","extended":true}');
INSERT INTO "message" VALUES(7353824159850496,X'01A20439CC9E7000894343A5065F3681',1795367226526,'ada@example.test',NULL,'bob@later.test',166,'of the previous release','<2@example.test>','ada@example.test',0,'{"sessionId":"0HNQ8NC33VGPO","receivedAt":1795367226525,"client":"127.0.0.1","helo":"vm","extended":true}');
CREATE TABLE paused (
  destination TEXT PRIMARY KEY,
  since       INTEGER NOT NULL,
  reason      TEXT NOT NULL,
  by          TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE story (
  n    INTEGER PRIMARY KEY,
  told BLOB NOT NULL                -- JSON: Story
);
CREATE INDEX delivery_due ON delivery (turn, destination, retry, due_at) WHERE lease = 0 AND hold IS NULL;
COMMIT;
PRAGMA user_version=1;
