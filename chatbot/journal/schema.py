"""The tables of the journal, as the steps that make them. A released step is never changed; a new one is appended."""

_FIRST = """
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    head INTEGER,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    FOREIGN KEY (id, head) REFERENCES message (session, id)
) WITHOUT ROWID;

CREATE VIEW session_info AS
    SELECT id, title, created, updated, (SELECT count(*) FROM message WHERE message.session = session.id) AS messages
    FROM session;

-- A tree: a message follows its parent, which is older. `after_effect` is the last effect that its turn had begun.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
    parent INTEGER CHECK (parent < id),
    turn TEXT NOT NULL,
    after_effect INTEGER,
    state TEXT NOT NULL CHECK (state IN ('complete', 'interrupted', 'failed')),
    message TEXT NOT NULL,
    display TEXT NOT NULL,
    answer TEXT,
    created REAL NOT NULL,
    UNIQUE (session, id),
    FOREIGN KEY (session, parent) REFERENCES message (session, id)
);
CREATE INDEX message_by_parent ON message (session, parent);

CREATE TABLE evidence (
    session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
    number INTEGER NOT NULL,
    passage TEXT NOT NULL,
    PRIMARY KEY (session, number)
) WITHOUT ROWID;

CREATE TABLE feedback (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    verdict TEXT NOT NULL CHECK (verdict IN ('good', 'bad')),
    note TEXT NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX feedback_by_message ON feedback (message);

-- A turn of a conversation, or of an evaluation, which has no session. `question` is what the user typed, `parent` the
-- message that the session stood on; `process` is who runs the turn, until it has ended.
CREATE TABLE turn (
    id TEXT PRIMARY KEY,
    session TEXT REFERENCES session ON DELETE CASCADE,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    question TEXT NOT NULL,
    parent INTEGER,
    process TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    state TEXT CHECK (state IN ('complete', 'interrupted', 'failed'))
) WITHOUT ROWID;
CREATE INDEX turn_by_session ON turn (session);

-- Intents and results are rows of their own: the first is there before the call leaves, the second before it is used.
-- `key` stands for model and request where the result may serve again.
CREATE TABLE effect (
    id INTEGER PRIMARY KEY,
    turn TEXT NOT NULL REFERENCES turn ON DELETE CASCADE,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    started REAL NOT NULL,
    key TEXT
);
CREATE INDEX effect_by_turn ON effect (turn);
CREATE INDEX effect_by_key ON effect (key) WHERE key IS NOT NULL;

CREATE TABLE result (
    effect INTEGER PRIMARY KEY REFERENCES effect ON DELETE CASCADE,
    result TEXT NOT NULL,
    failed INTEGER NOT NULL,
    ended REAL NOT NULL
);

CREATE TABLE shown (
    effect INTEGER NOT NULL REFERENCES effect ON DELETE CASCADE,
    piece INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (effect, piece)
) WITHOUT ROWID;
"""

_EVALS = """
-- `key` stands for the whole plan, so that a run that was stopped is found again.
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    plan TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL
) WITHOUT ROWID;
CREATE INDEX run_by_key ON run (key);

CREATE TABLE cell (
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    number INTEGER NOT NULL,
    item TEXT NOT NULL,
    turn TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
"""

_JUDGEMENTS = """
-- `key` stands for all that the judge was asked: what is judged, by which words, by whom, in which order, which time.
-- So a judgement serves every run in which the same is asked.
CREATE TABLE judgement (
    key TEXT PRIMARY KEY,
    turn TEXT NOT NULL,
    judgement TEXT NOT NULL
) WITHOUT ROWID;
"""

_IMAGES = """
-- Pictures that go along with messages, each once, whoever sent it; the last message that carries one takes it along.
CREATE TABLE image (
    hash TEXT PRIMARY KEY,
    data BLOB NOT NULL
);

CREATE TABLE carried (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    hash TEXT NOT NULL REFERENCES image,
    PRIMARY KEY (message, hash)
) WITHOUT ROWID;
CREATE INDEX carried_by_hash ON carried (hash);

CREATE TRIGGER image_left AFTER DELETE ON carried WHEN NOT EXISTS (SELECT 1 FROM carried WHERE hash = old.hash)
BEGIN
    DELETE FROM image WHERE hash = old.hash;
END;
"""

_RECEIVED = """
-- What services answered, byte for byte and packed (zlib), beside what was made of it. A call has several where it was
-- refused, or its request repeated; one that drew several samples has its responses with the first of them.
CREATE TABLE received (
    id INTEGER PRIMARY KEY,
    effect INTEGER NOT NULL REFERENCES effect ON DELETE CASCADE,
    status INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX received_by_effect ON received (effect);
"""

_PURSES = """
-- What was spent under a cap, of a run or of a turn (`purse` is its id), in billionths of a US dollar and in tokens.
-- `cut` counts the calls of which nobody said what they took, so that each counts as much as it can have been.
CREATE TABLE spending (
    purse TEXT PRIMARY KEY,
    nanodollars INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    cut INTEGER NOT NULL
) WITHOUT ROWID;

-- Set aside for calls in flight, by whoever makes them.
CREATE TABLE reservation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    purse TEXT NOT NULL REFERENCES spending ON DELETE CASCADE,
    process TEXT NOT NULL,
    nanodollars INTEGER NOT NULL,
    tokens INTEGER NOT NULL
);
CREATE INDEX reservation_by_purse ON reservation (purse);
"""

MIGRATIONS = (_FIRST, _EVALS, _JUDGEMENTS, _IMAGES, _RECEIVED, _PURSES)
