BEGIN TRANSACTION;
CREATE TABLE "Alarms" (
    "Name" TEXT NOT NULL CONSTRAINT "PK_Alarms" PRIMARY KEY,
    "Severity" INTEGER NOT NULL,
    "Text" TEXT NOT NULL,
    "Link" TEXT NULL,
    "Since" INTEGER NOT NULL,
    "LastSeen" INTEGER NOT NULL
);
INSERT INTO "Alarms" VALUES('keys.unavailable:example.test',2,'Mail of example.test waits: The rsa-2048 key of example.test: is not ready No zone above 20261122e2hff._domainkey.example.test shows its SOA.','/keys/example.test',1795367225856,1795367225856);
COMMIT;
PRAGMA user_version=0;
