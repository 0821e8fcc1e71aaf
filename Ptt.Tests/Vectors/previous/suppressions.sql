BEGIN TRANSACTION;
CREATE TABLE strike (
  address TEXT PRIMARY KEY,
  times   INTEGER NOT NULL,
  first   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE suppression (
  address TEXT PRIMARY KEY,         -- lower case
  origin  TEXT    NOT NULL,         -- learned, manual, complaint
  reason  TEXT    NOT NULL,
  added   INTEGER NOT NULL,
  by      TEXT    NOT NULL,
  expires INTEGER                   -- null: never
) WITHOUT ROWID;
INSERT INTO "suppression" VALUES('gone@example.net','manual','suppressed by an administrator',1795367224891,'token initial token',NULL);
COMMIT;
PRAGMA user_version=1;
