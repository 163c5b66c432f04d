-- What `ioc` keeps in its main file. One commit is one transaction over these tables.
CREATE TABLE IF NOT EXISTS engine (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    position INTEGER NOT NULL,       -- inputs admitted up to this commit
    engine_time INTEGER NOT NULL,    -- every timer due up to here has fired
    alert_seq INTEGER NOT NULL       -- the last alert event
) STRICT;
INSERT OR IGNORE INTO engine VALUES (1, 0, 0, 0);

CREATE TABLE IF NOT EXISTS alert (
    id BLOB PRIMARY KEY,
    grp TEXT NOT NULL, rule TEXT NOT NULL, key TEXT NOT NULL,
    open INTEGER NOT NULL,
    seq INTEGER NOT NULL,            -- of its last event
    occurrence INTEGER NOT NULL,
    severity INTEGER NOT NULL,       -- 0 low to 3 critical
    started_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alert_open ON alert (open, seq);
CREATE INDEX IF NOT EXISTS alert_started ON alert (started_at);
CREATE INDEX IF NOT EXISTS alert_rule ON alert (grp, rule, key);

CREATE TABLE IF NOT EXISTS alert_event (
    seq INTEGER PRIMARY KEY,
    alert BLOB NOT NULL,
    cause INTEGER NOT NULL,          -- 0 a rule, 1 an operator
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    why TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS alert_event_alert ON alert_event (alert, seq);

-- Past alerts that never fired: what is deleted first.
CREATE INDEX IF NOT EXISTS alert_unfired ON alert (seq)
    WHERE open = 0 AND json_extract(body, '$.fired_at') IS NULL;

-- What was deleted: every event after `seq` is still there.
CREATE TABLE IF NOT EXISTS deleted (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO deleted VALUES (1, 0);

-- How often rules and keys raised alerts that are deleted by now.
CREATE TABLE IF NOT EXISTS occurrence (
    grp TEXT NOT NULL, rule TEXT NOT NULL, key TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (grp, rule, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received INTEGER NOT NULL, source TEXT NOT NULL, topic TEXT NOT NULL,
    reason TEXT NOT NULL, detail TEXT NOT NULL, size INTEGER NOT NULL, payload BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL, by TEXT NOT NULL, alert BLOB NOT NULL,
    action TEXT NOT NULL, detail TEXT NOT NULL, refused TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS checkpoint (
    position INTEGER PRIMARY KEY,
    engine_time INTEGER NOT NULL, alert_seq INTEGER NOT NULL,
    plan TEXT NOT NULL,              -- fingerprint of the rules it was taken under
    body BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS token (
    hash BLOB PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, expires INTEGER
) STRICT, WITHOUT ROWID;
