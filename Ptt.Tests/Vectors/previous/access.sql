BEGIN TRANSACTION;
CREATE TABLE Audit (Id INTEGER PRIMARY KEY AUTOINCREMENT, At INTEGER NOT NULL, Actor TEXT NOT NULL, Action TEXT NOT NULL, Subject TEXT NOT NULL, Detail TEXT);
INSERT INTO "Audit" VALUES(1,1795367223391,'token initial token','domain.create','example.test',NULL);
INSERT INTO "Audit" VALUES(2,1795367224597,'token initial token','user.create','ada@example.test',NULL);
INSERT INTO "Audit" VALUES(3,1795367224841,'token initial token','token.create','96b65bc5faf1','of the previous release: queue:read system:read');
INSERT INTO "Audit" VALUES(4,1795367224903,'token initial token','suppression.add','gone@example.net','suppressed by an administrator');
INSERT INTO "Audit" VALUES(5,1795367225318,'token initial token','webhook.add','01a20439c7c97ac38c5fd524495ca09b','hooks.example.org');
CREATE TABLE Tokens (Id TEXT PRIMARY KEY, Name TEXT NOT NULL, Hash BLOB NOT NULL, Scopes TEXT NOT NULL, Domains TEXT NOT NULL,
    CreatedBy TEXT NOT NULL, Created INTEGER NOT NULL, Expires INTEGER, LastUsed INTEGER);
INSERT INTO "Tokens" VALUES('96b65bc5faf1','of the previous release',X'79BD593248853C49319EE2DCC7DD808624DFD2D2F1A9785A3A260F17FEFFFECE','queue:read system:read','','token initial token',1795367224724,NULL,NULL);
CREATE INDEX AuditBySubject ON Audit (Subject, Id);
CREATE INDEX AuditByActor ON Audit (Actor, Id);
COMMIT;
PRAGMA user_version=1;
