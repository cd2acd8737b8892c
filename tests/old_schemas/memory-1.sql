BEGIN;
CREATE TABLE fact (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL,
        text TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('user', 'tool')),
        conversation TEXT NOT NULL,
        turn TEXT NOT NULL,
        created REAL NOT NULL,
        UNIQUE (user, text)
    );
INSERT INTO fact (id, user, text, origin, conversation, turn, created) VALUES (1,'','The user is allergic to nuts.','user','c1','',1.79530703978804874422e+09);
INSERT INTO fact (id, user, text, origin, conversation, turn, created) VALUES (2,'u','Lives in Oslo é','tool','','',1.79530703988210296631e+09);
DELETE FROM sqlite_sequence WHERE name = 'fact';
INSERT INTO sqlite_sequence VALUES ('fact', 2);
PRAGMA user_version = 1;
COMMIT;
