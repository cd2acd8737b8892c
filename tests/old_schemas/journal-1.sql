BEGIN;
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    head INTEGER,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    FOREIGN KEY (id, head) REFERENCES message (session, id)
) WITHOUT ROWID;
INSERT INTO session (id, title, head, created, updated) VALUES ('261122-002347-76vd','Keels and masts',4,1.79530702703817701335e+09,1.79530702712598872186e+09);
INSERT INTO session (id, title, head, created, updated) VALUES ('261122-002347-x98z','cut',13,1.79530702720642709735e+09,1.79530702722196292874e+09);
INSERT INTO session (id, title, head, created, updated) VALUES ('261122-002347-yb8h','Keels and masts',12,1.79530702713592791555e+09,1795307027.20487);
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
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (1,'261122-002347-76vd',NULL,'t1',NULL,'complete','{"role":"user","parts":[{"text":"What floats? 龍 ‮\n\nsources","origin":"user"}],"tool_calls":[],"call_id":null}','"What floats? 龍 ‮"',NULL,1.79530702705831551554e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (2,'261122-002347-76vd',1,'t1',1,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"call_id":null}','""',NULL,1.79530702709490299229e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (3,'261122-002347-76vd',2,'t1',2,'complete','{"role":"tool","parts":[{"text":"2","origin":"tool"}],"tool_calls":[],"call_id":"c1"}','""',NULL,1.79530702710596704483e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (4,'261122-002347-76vd',3,'t1',4,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[],"call_id":null}','""','{"text":"A keel does not. é","citations":[],"tool_calls":[],"usage":{"input_tokens":0,"output_tokens":0,"cached_tokens":0,"cost":null,"seconds":0.0,"calls":0},"finish":"complete","declined":false,"model":"openai:m","trace_id":"t1","trace":null,"limit":""}',1.79530702712598872186e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (5,'261122-002347-yb8h',NULL,'t1',4,'complete','{"role":"user","parts":[{"text":"What floats? 龍 ‮\n\nsources","origin":"user"}],"tool_calls":[],"call_id":null}','"What floats? 龍 ‮"',NULL,1.79530702705831551554e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (6,'261122-002347-yb8h',5,'t1',4,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"call_id":null}','""',NULL,1.79530702709490299229e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (7,'261122-002347-yb8h',6,'t1',4,'complete','{"role":"tool","parts":[{"text":"2","origin":"tool"}],"tool_calls":[],"call_id":"c1"}','""',NULL,1.79530702710596704483e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (8,'261122-002347-yb8h',7,'t1',4,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[],"call_id":null}','""','{"text":"A keel does not. é","citations":[],"tool_calls":[],"usage":{"input_tokens":0,"output_tokens":0,"cached_tokens":0,"cost":null,"seconds":0.0,"calls":0},"finish":"complete","declined":false,"model":"openai:m","trace_id":"t1","trace":null,"limit":""}',1.79530702712598872186e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (9,'261122-002347-yb8h',8,'t2',NULL,'complete','{"role":"user","parts":[{"text":"And in a fork?\n\nsources","origin":"user"}],"tool_calls":[],"call_id":null}','"And in a fork?"',NULL,1.795307027146774292e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (10,'261122-002347-yb8h',9,'t2',5,'complete','{"role":"assistant","parts":[{"text":"It does neither.","origin":"model"}],"tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"call_id":null}','""',NULL,1.79530702717002081875e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (11,'261122-002347-yb8h',10,'t2',6,'complete','{"role":"tool","parts":[{"text":"2","origin":"tool"}],"tool_calls":[],"call_id":"c1"}','""',NULL,1.7953070271819546223e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (12,'261122-002347-yb8h',11,'t2',8,'complete','{"role":"assistant","parts":[{"text":"It does neither.","origin":"model"}],"tool_calls":[],"call_id":null}','""','{"text":"It does neither.","citations":[],"tool_calls":[],"usage":{"input_tokens":0,"output_tokens":0,"cached_tokens":0,"cost":null,"seconds":0.0,"calls":0},"finish":"complete","declined":false,"model":"openai:m","trace_id":"t2","trace":null,"limit":""}',1795307027.20487);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (13,'261122-002347-x98z',NULL,'t3',NULL,'complete','{"role":"user","parts":[{"text":"Is it cut?","origin":"user"}],"tool_calls":[],"call_id":null}','""',NULL,1.79530702722196292874e+09);
CREATE TABLE evidence (
    session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
    number INTEGER NOT NULL,
    passage TEXT NOT NULL,
    PRIMARY KEY (session, number)
) WITHOUT ROWID;
INSERT INTO evidence (session, number, passage) VALUES ('261122-002347-76vd',1,'{"text":"A keel does not float.","start":0,"end":22,"line":1,"path":"ships.md","record_id":null,"title":"","heading":["Ships"],"document_hash":"","score":0.0,"ranks":{},"metadata":{}}');
INSERT INTO evidence (session, number, passage) VALUES ('261122-002347-yb8h',1,'{"text":"A keel does not float.","start":0,"end":22,"line":1,"path":"ships.md","record_id":null,"title":"","heading":["Ships"],"document_hash":"","score":0.0,"ranks":{},"metadata":{}}');
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    verdict TEXT NOT NULL CHECK (verdict IN ('good', 'bad')),
    note TEXT NOT NULL,
    created REAL NOT NULL
);
INSERT INTO feedback (id, message, verdict, note, created) VALUES (1,4,'good','"quite \ud800 right"',1.79530702713063836095e+09);
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
INSERT INTO turn (id, session, model, prompt, question, parent, process, started, ended, state) VALUES ('t1','261122-002347-76vd','openai:m','chat@1','"What floats? 龍 ‮"',NULL,'1623705a78ef356c',1.79530702704568910594e+09,1.79530702712961602205e+09,'complete');
INSERT INTO turn (id, session, model, prompt, question, parent, process, started, ended, state) VALUES ('t2','261122-002347-yb8h','openai:m','chat@1','"And in a fork?"',8,'1623705a78ef356c',1.79530702714208483701e+09,1795307027.20587,'complete');
INSERT INTO turn (id, session, model, prompt, question, parent, process, started, ended, state) VALUES ('t3','261122-002347-x98z','openai:m','chat@1','"Is it cut?"',NULL,'1623705a78ef356c',1.79530702721799016001e+09,NULL,NULL);
CREATE TABLE effect (
    id INTEGER PRIMARY KEY,
    turn TEXT NOT NULL REFERENCES turn ON DELETE CASCADE,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    started REAL NOT NULL,
    key TEXT
);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (1,'t1','generate','{"messages":[{"role":"user","parts":[{"text":"What floats? 龍 ‮","origin":"user"}],"tool_calls":[],"call_id":null}],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null},"sample":0,"samples":1,"grounding":null,"schema":null}',1.79530702706614732743e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (2,'t1','tool','{"call":{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""},"tainted":false,"origins":[]}',1.79530702709793734553e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (3,'t1','retrieve','{"query":"What floats? 龍 ‮"}',1.79530702710988426208e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (4,'t1','generate','{"messages":[],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null},"sample":0,"samples":1,"grounding":null,"schema":null}',1.79530702711804342275e+09,'k1');
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (5,'t2','generate','{"messages":[{"role":"user","parts":[{"text":"And in a fork?","origin":"user"}],"tool_calls":[],"call_id":null}],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null},"sample":0,"samples":1,"grounding":null,"schema":null}',1.79530702715000939372e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (6,'t2','tool','{"call":{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""},"tainted":false,"origins":[]}',1.79530702717361640924e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (7,'t2','retrieve','{"query":"And in a fork?"}',1.79530702718585634227e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (8,'t2','generate','{"messages":[],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null},"sample":0,"samples":1,"grounding":null,"schema":null}',1.79530702718916702269e+09,'k1');
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (9,'t3','generate','{"messages":[],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null},"sample":0,"samples":1,"grounding":null,"schema":null}',1.79530702722443413731e+09,NULL);
CREATE TABLE result (
    effect INTEGER PRIMARY KEY REFERENCES effect ON DELETE CASCADE,
    result TEXT NOT NULL,
    failed INTEGER NOT NULL,
    ended REAL NOT NULL
);
INSERT INTO result (effect, result, failed, ended) VALUES (1,'{"text":"A keel does not. é","tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"finish":"complete","usage":{"input_tokens":12,"output_tokens":3,"cached_tokens":1,"cost":0.25,"seconds":0.5,"calls":1},"declined":false,"reasoning":""}',0,1.79530702709008789063e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (2,'{"call_id":"c1","name":"add","text":"2 \ud800\u0000","failed":false,"attempts":1,"note":"","page_size":0,"seconds":0.0,"decision":null}',0,1.79530702710199522968e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (3,'{"result":[]}',0,1.79530702710988426208e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (4,'{"error":"down","billed":true}',1,1.7953070271219081879e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (5,'{"text":"It does neither.","tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"finish":"complete","usage":{"input_tokens":12,"output_tokens":3,"cached_tokens":1,"cost":0.25,"seconds":0.5,"calls":1},"declined":false,"reasoning":""}',0,1.79530702716203689577e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (6,'{"call_id":"c1","name":"add","text":"2 \ud800\u0000","failed":false,"attempts":1,"note":"","page_size":0,"seconds":0.0,"decision":null}',0,1.79530702717983245853e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (7,'{"result":[]}',0,1.79530702718585634227e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (8,'{"error":"down","billed":true}',1,1.79530702719393944746e+09);
CREATE TABLE shown (
    effect INTEGER NOT NULL REFERENCES effect ON DELETE CASCADE,
    piece INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (effect, piece)
) WITHOUT ROWID;
INSERT INTO shown (effect, piece, text) VALUES (1,1,'"A ke"');
INSERT INTO shown (effect, piece, text) VALUES (1,2,'"el does not. é"');
INSERT INTO shown (effect, piece, text) VALUES (5,1,'"It d"');
INSERT INTO shown (effect, piece, text) VALUES (5,2,'"oes neither."');
INSERT INTO shown (effect, piece, text) VALUES (9,1,'"It is cu"');
CREATE VIEW session_info AS
    SELECT id, title, created, updated, (SELECT count(*) FROM message WHERE message.session = session.id) AS messages
    FROM session;
CREATE INDEX message_by_parent ON message (session, parent);
CREATE INDEX feedback_by_message ON feedback (message);
CREATE INDEX turn_by_session ON turn (session);
CREATE INDEX effect_by_turn ON effect (turn);
CREATE INDEX effect_by_key ON effect (key) WHERE key IS NOT NULL;
PRAGMA user_version = 1;
COMMIT;
