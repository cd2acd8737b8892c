"""The tables of an index, as scripts of which the n-th leads from version n of the schema to version n+1.

A released script is never changed: 1 is released. `packed_terms` is given to SQL by whoever opens the database.
"""

MIGRATIONS = (
    """
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, is_file INTEGER NOT NULL,
        title TEXT NOT NULL, hash TEXT NOT NULL, stamp TEXT NOT NULL, metadata TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE TABLE labels (
        key TEXT NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        PRIMARY KEY (key, value, document)
    ) WITHOUT ROWID;
    CREATE INDEX labels_document ON labels (document);
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        start INTEGER NOT NULL, stop INTEGER NOT NULL, line INTEGER NOT NULL, heading TEXT NOT NULL,
        content BLOB NOT NULL
    );
    CREATE INDEX chunks_document ON chunks (document);
    CREATE INDEX chunks_content ON chunks (content);
    CREATE TABLE vectors (
        chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, vector BLOB NOT NULL
    );
    CREATE VIRTUAL TABLE lexical USING fts5 (text, tokenize = 'porter unicode61');
    INSERT INTO settings VALUES ('generation', '0');
    """,
    """
    ALTER TABLE documents ADD COLUMN has_lines INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE documents ADD COLUMN language TEXT NOT NULL DEFAULT '';
    ALTER TABLE documents ADD COLUMN format TEXT NOT NULL DEFAULT '';
    ALTER TABLE documents ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE documents ADD COLUMN seconds REAL NOT NULL DEFAULT 0;
    ALTER TABLE chunks ADD COLUMN anchors TEXT NOT NULL DEFAULT '[]';
    CREATE TABLE failures (
        source TEXT PRIMARY KEY, stamp TEXT NOT NULL, content BLOB NOT NULL, reason TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE files (
        kind TEXT PRIMARY KEY, name TEXT NOT NULL, generation INTEGER NOT NULL, length INTEGER NOT NULL,
        sha256 TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE seals (
        document INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, seal BLOB NOT NULL
    );
    CREATE TABLE terms (
        chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, packed BLOB NOT NULL
    );
    INSERT INTO terms SELECT rowid, packed_terms(text) FROM lexical;
    DROP TABLE lexical;
    """,
)
