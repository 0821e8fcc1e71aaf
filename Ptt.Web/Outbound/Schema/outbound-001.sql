-- What the relay knows of the world and must not forget at a restart.
CREATE TABLE sts (domain TEXT PRIMARY KEY, id TEXT NOT NULL, text TEXT NOT NULL, fetched_at INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE source_count (day TEXT NOT NULL, source TEXT NOT NULL, provider TEXT NOT NULL, messages INTEGER NOT NULL, PRIMARY KEY (day, source, provider)) WITHOUT ROWID;

-- RFC 8460: sessions of a day by recipient domain and policy, what failed, and which reports went out.
CREATE TABLE tls_policy (
  id INTEGER PRIMARY KEY, day TEXT NOT NULL, domain TEXT NOT NULL, type TEXT NOT NULL, policy_domain TEXT NOT NULL, lines TEXT NOT NULL, mx TEXT NOT NULL,
  success INTEGER NOT NULL, failure INTEGER NOT NULL, UNIQUE (day, domain, type, policy_domain, lines, mx));
CREATE TABLE tls_failure (
  policy INTEGER NOT NULL, result TEXT NOT NULL, sending TEXT NOT NULL, receiving TEXT NOT NULL, mx_host TEXT NOT NULL, reason TEXT NOT NULL, sessions INTEGER NOT NULL,
  PRIMARY KEY (policy, result, sending, receiving, mx_host, reason)) WITHOUT ROWID;
CREATE TABLE tls_report (day TEXT NOT NULL, domain TEXT NOT NULL, uri TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL, detail TEXT, PRIMARY KEY (day, domain, uri)) WITHOUT ROWID;
