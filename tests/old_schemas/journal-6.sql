BEGIN;
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    head INTEGER,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    FOREIGN KEY (id, head) REFERENCES message (session, id)
) WITHOUT ROWID;
INSERT INTO session (id, title, head, created, updated) VALUES ('261122-003950-uw8g','Keels and masts',4,1.79530799097396302223e+09,1.79530799104994153976e+09);
INSERT INTO session (id, title, head, created, updated) VALUES ('261122-003951-6vc4','cut',13,1.79530799121385335921e+09,1.79530799123382973675e+09);
INSERT INTO session (id, title, head, created, updated) VALUES ('261122-003951-amw5','Keels and masts',12,1.79530799106998109823e+09,1.79530799119405722616e+09);
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
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (1,'261122-003950-uw8g',NULL,'t1',NULL,'complete','{"role":"user","parts":[{"text":"What floats? 龍 ‮\n\nsources","origin":"user"}],"tool_calls":[],"call_id":null,"images":[]}','"What floats? 龍 ‮"',NULL,1.79530799099005460746e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (2,'261122-003950-uw8g',1,'t1',1,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"call_id":null,"images":[]}','""',NULL,1.79530799101787424086e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (3,'261122-003950-uw8g',2,'t1',2,'complete','{"role":"tool","parts":[{"text":"2","origin":"tool"}],"tool_calls":[],"call_id":"c1","images":[]}','""',NULL,1.79530799103395438199e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (4,'261122-003950-uw8g',3,'t1',4,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[],"call_id":null,"images":[]}','""','{"text":"A keel does not. é","citations":[],"tool_calls":[],"usage":{"input_tokens":0,"output_tokens":0,"cached_tokens":0,"cost":null,"seconds":0.0,"calls":0},"finish":"complete","declined":false,"model":"openai:m","trace_id":"t1","trace":null,"limit":""}',1.79530799104994153976e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (5,'261122-003951-amw5',NULL,'t1',4,'complete','{"role":"user","parts":[{"text":"What floats? 龍 ‮\n\nsources","origin":"user"}],"tool_calls":[],"call_id":null,"images":[]}','"What floats? 龍 ‮"',NULL,1.79530799099005460746e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (6,'261122-003951-amw5',5,'t1',4,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"call_id":null,"images":[]}','""',NULL,1.79530799101787424086e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (7,'261122-003951-amw5',6,'t1',4,'complete','{"role":"tool","parts":[{"text":"2","origin":"tool"}],"tool_calls":[],"call_id":"c1","images":[]}','""',NULL,1.79530799103395438199e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (8,'261122-003951-amw5',7,'t1',4,'complete','{"role":"assistant","parts":[{"text":"A keel does not. é","origin":"model"}],"tool_calls":[],"call_id":null,"images":[]}','""','{"text":"A keel does not. é","citations":[],"tool_calls":[],"usage":{"input_tokens":0,"output_tokens":0,"cached_tokens":0,"cost":null,"seconds":0.0,"calls":0},"finish":"complete","declined":false,"model":"openai:m","trace_id":"t1","trace":null,"limit":""}',1.79530799104994153976e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (9,'261122-003951-amw5',8,'t2',NULL,'complete','{"role":"user","parts":[{"text":"And in a fork?\n\nsources","origin":"user"}],"tool_calls":[],"call_id":null,"images":[{"hash":"785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c242c26c9","media_type":"image/png","width":8,"height":8,"name":"","note":""}]}','"And in a fork?"',NULL,1.79530799109089207648e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (10,'261122-003951-amw5',9,'t2',5,'complete','{"role":"assistant","parts":[{"text":"It does neither.","origin":"model"}],"tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"call_id":null,"images":[]}','""',NULL,1.79530799113403725627e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (11,'261122-003951-amw5',10,'t2',6,'complete','{"role":"tool","parts":[{"text":"2","origin":"tool"}],"tool_calls":[],"call_id":"c1","images":[]}','""',NULL,1.79530799116207981109e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (12,'261122-003951-amw5',11,'t2',8,'complete','{"role":"assistant","parts":[{"text":"It does neither.","origin":"model"}],"tool_calls":[],"call_id":null,"images":[]}','""','{"text":"It does neither.","citations":[],"tool_calls":[],"usage":{"input_tokens":0,"output_tokens":0,"cached_tokens":0,"cost":null,"seconds":0.0,"calls":0},"finish":"complete","declined":false,"model":"openai:m","trace_id":"t2","trace":null,"limit":""}',1.79530799119405722616e+09);
INSERT INTO message (id, session, parent, turn, after_effect, state, message, display, answer, created) VALUES (13,'261122-003951-6vc4',NULL,'t3',NULL,'complete','{"role":"user","parts":[{"text":"Is it cut?","origin":"user"}],"tool_calls":[],"call_id":null,"images":[]}','""',NULL,1.79530799123382973675e+09);
CREATE TABLE evidence (
    session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
    number INTEGER NOT NULL,
    passage TEXT NOT NULL,
    PRIMARY KEY (session, number)
) WITHOUT ROWID;
INSERT INTO evidence (session, number, passage) VALUES ('261122-003950-uw8g',1,'{"text":"A keel does not float.","start":0,"end":22,"line":1,"path":"ships.md","record_id":null,"title":"","heading":["Ships"],"document_hash":"","score":0.0,"ranks":{},"metadata":{},"anchors":[]}');
INSERT INTO evidence (session, number, passage) VALUES ('261122-003951-amw5',1,'{"text":"A keel does not float.","start":0,"end":22,"line":1,"path":"ships.md","record_id":null,"title":"","heading":["Ships"],"document_hash":"","score":0.0,"ranks":{},"metadata":{},"anchors":[]}');
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    verdict TEXT NOT NULL CHECK (verdict IN ('good', 'bad')),
    note TEXT NOT NULL,
    created REAL NOT NULL
);
INSERT INTO feedback (id, message, verdict, note, created) VALUES (1,4,'good','"quite \ud800 right"',1.79530799106044363974e+09);
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
INSERT INTO turn (id, session, model, prompt, question, parent, process, started, ended, state) VALUES ('260101-000000-abcd.t',NULL,'openai:m','p','""',NULL,'fd25bd603367dcc7',1.79530799126580381391e+09,NULL,NULL);
INSERT INTO turn (id, session, model, prompt, question, parent, process, started, ended, state) VALUES ('t1','261122-003950-uw8g','openai:m','chat@1','"What floats? 龍 ‮"',NULL,'fd25bd603367dcc7',1.79530799098209595679e+09,1.79530799105378866195e+09,'complete');
INSERT INTO turn (id, session, model, prompt, question, parent, process, started, ended, state) VALUES ('t2','261122-003951-amw5','openai:m','chat@1','"And in a fork?"',8,'fd25bd603367dcc7',1.79530799108182716368e+09,1.7953079912058088779e+09,'complete');
INSERT INTO turn (id, session, model, prompt, question, parent, process, started, ended, state) VALUES ('t3','261122-003951-6vc4','openai:m','chat@1','"Is it cut?"',NULL,'fd25bd603367dcc7',1.79530799122300052639e+09,NULL,NULL);
CREATE TABLE effect (
    id INTEGER PRIMARY KEY,
    turn TEXT NOT NULL REFERENCES turn ON DELETE CASCADE,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    started REAL NOT NULL,
    key TEXT
);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (1,'t1','generate','{"messages":[{"role":"user","parts":[{"text":"What floats? 龍 ‮","origin":"user"}],"tool_calls":[],"call_id":null,"images":[]}],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null,"min_p":null,"typical_p":null,"repetition_penalty":null,"no_repeat_ngram":null,"logit_bias":[],"beams":null,"beam_groups":null,"diversity_penalty":null,"contrastive_alpha":null,"prompt_lookup":null,"draft":null,"regex":null,"choices":[],"logprobs":null},"sample":0,"samples":1,"grounding":null,"schema":null,"candidates":[],"lead":""}',1.79530799099395227437e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (2,'t1','tool','{"call":{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""},"tainted":false,"origins":[]}',1.79530799102458524709e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (3,'t1','retrieve','{"query":"What floats? 龍 ‮"}',1.79530799103777313234e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (4,'t1','generate','{"messages":[],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null,"min_p":null,"typical_p":null,"repetition_penalty":null,"no_repeat_ngram":null,"logit_bias":[],"beams":null,"beam_groups":null,"diversity_penalty":null,"contrastive_alpha":null,"prompt_lookup":null,"draft":null,"regex":null,"choices":[],"logprobs":null},"sample":0,"samples":1,"grounding":null,"schema":null,"candidates":[],"lead":""}',1.79530799104198503495e+09,'k1');
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (5,'t2','generate','{"messages":[{"role":"user","parts":[{"text":"And in a fork?","origin":"user"}],"tool_calls":[],"call_id":null,"images":[]}],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null,"min_p":null,"typical_p":null,"repetition_penalty":null,"no_repeat_ngram":null,"logit_bias":[],"beams":null,"beam_groups":null,"diversity_penalty":null,"contrastive_alpha":null,"prompt_lookup":null,"draft":null,"regex":null,"choices":[],"logprobs":null},"sample":0,"samples":1,"grounding":null,"schema":null,"candidates":[],"lead":""}',1.79530799109788370129e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (6,'t2','tool','{"call":{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""},"tainted":false,"origins":[]}',1.79530799114587616928e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (7,'t2','retrieve','{"query":"And in a fork?"}',1.79530799117380166049e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (8,'t2','generate','{"messages":[],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null,"min_p":null,"typical_p":null,"repetition_penalty":null,"no_repeat_ngram":null,"logit_bias":[],"beams":null,"beam_groups":null,"diversity_penalty":null,"contrastive_alpha":null,"prompt_lookup":null,"draft":null,"regex":null,"choices":[],"logprobs":null},"sample":0,"samples":1,"grounding":null,"schema":null,"candidates":[],"lead":""}',1.79530799117801642414e+09,'k1');
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (9,'t3','generate','{"messages":[],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null,"min_p":null,"typical_p":null,"repetition_penalty":null,"no_repeat_ngram":null,"logit_bias":[],"beams":null,"beam_groups":null,"diversity_penalty":null,"contrastive_alpha":null,"prompt_lookup":null,"draft":null,"regex":null,"choices":[],"logprobs":null},"sample":0,"samples":1,"grounding":null,"schema":null,"candidates":[],"lead":""}',1.79530799124193596837e+09,NULL);
INSERT INTO effect (id, turn, kind, request, started, key) VALUES (10,'260101-000000-abcd.t','generate','{"messages":[],"purpose":"answer","tools":[],"spoken":[],"sampling":{"temperature":null,"top_p":null,"max_tokens":null,"seed":null,"stop":[],"top_k":null,"frequency_penalty":null,"presence_penalty":null,"min_p":null,"typical_p":null,"repetition_penalty":null,"no_repeat_ngram":null,"logit_bias":[],"beams":null,"beam_groups":null,"diversity_penalty":null,"contrastive_alpha":null,"prompt_lookup":null,"draft":null,"regex":null,"choices":[],"logprobs":null},"sample":0,"samples":1,"grounding":null,"schema":null,"candidates":[],"lead":""}',1.79530799127006602286e+09,'k2');
CREATE TABLE result (
    effect INTEGER PRIMARY KEY REFERENCES effect ON DELETE CASCADE,
    result TEXT NOT NULL,
    failed INTEGER NOT NULL,
    ended REAL NOT NULL
);
INSERT INTO result (effect, result, failed, ended) VALUES (1,'{"text":"A keel does not. é","tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"finish":"complete","usage":{"input_tokens":12,"output_tokens":3,"cached_tokens":1,"cost":0.25,"seconds":0.5,"calls":1},"declined":false,"reasoning":"","scores":[],"likelihoods":[],"mended":false}',0,1.79530799101396322256e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (2,'{"call_id":"c1","name":"add","text":"2 \ud800\u0000","failed":false,"attempts":1,"note":"","page_size":0,"seconds":0.0,"decision":null}',0,1.79530799102986335759e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (3,'{"result":[]}',0,1.79530799103777313234e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (4,'{"error":"down","billed":true}',1,1.79530799104581189153e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (5,'{"text":"It does neither.","tool_calls":[{"id":"c1","name":"add","arguments":"{\"a\": 1, \"b\": 1}","flaw":""}],"finish":"complete","usage":{"input_tokens":12,"output_tokens":3,"cached_tokens":1,"cost":0.25,"seconds":0.5,"calls":1},"declined":false,"reasoning":"","scores":[],"likelihoods":[],"mended":false}',0,1.79530799112476563451e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (6,'{"call_id":"c1","name":"add","text":"2 \ud800\u0000","failed":false,"attempts":1,"note":"","page_size":0,"seconds":0.0,"decision":null}',0,1795307991.15785);
INSERT INTO result (effect, result, failed, ended) VALUES (7,'{"result":[]}',0,1.79530799117380166049e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (8,'{"error":"down","billed":true}',1,1.79530799118982577321e+09);
INSERT INTO result (effect, result, failed, ended) VALUES (10,'{"text":"4","tool_calls":[],"finish":"complete","usage":{"input_tokens":10,"output_tokens":5,"cached_tokens":0,"cost":null,"seconds":0.0,"calls":0},"declined":false,"reasoning":"","scores":[],"likelihoods":[],"mended":false}',0,1.79530799127383804318e+09);
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
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    plan TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL
) WITHOUT ROWID;
INSERT INTO run (id, name, key, plan, started, ended) VALUES ('260101-000000-abcd','"speed"','key','{"seed":7,"version":1}',1.0,NULL);
CREATE TABLE cell (
    run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    number INTEGER NOT NULL,
    item TEXT NOT NULL,
    turn TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
INSERT INTO cell (run, number, item, turn, response) VALUES ('260101-000000-abcd',0,'i0','260101-000000-abcd.t','{"text":"4","error":""}');
INSERT INTO cell (run, number, item, turn, response) VALUES ('260101-000000-abcd',1,'i1','260101-000000-abcd.t','{"text":"4","error":""}');
INSERT INTO cell (run, number, item, turn, response) VALUES ('260101-000000-abcd',2,'i2','260101-000000-abcd.t','{"text":"4","error":""}');
CREATE TABLE judgement (
    key TEXT PRIMARY KEY,
    turn TEXT NOT NULL,
    judgement TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO judgement (key, turn, judgement) VALUES ('judged','260101-000000-abcd.t','{"verdict":"better"}');
CREATE TABLE image (
    hash TEXT PRIMARY KEY,
    data BLOB NOT NULL
);
INSERT INTO image (hash, data) VALUES ('785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c242c26c9',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF');
CREATE TABLE carried (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    hash TEXT NOT NULL REFERENCES image,
    PRIMARY KEY (message, hash)
) WITHOUT ROWID;
INSERT INTO carried (message, hash) VALUES (9,'785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c242c26c9');
CREATE TABLE received (
    id INTEGER PRIMARY KEY,
    effect INTEGER NOT NULL REFERENCES effect ON DELETE CASCADE,
    status INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
);
INSERT INTO received (id, effect, status, request_id, length, body) VALUES (1,1,429,'"r-1"',5,X'7801CB492C492D0200063D0219');
INSERT INTO received (id, effect, status, request_id, length, body) VALUES (2,1,200,'"r-2"',8,X'78014B492C49B45260F80F000CB302F4');
INSERT INTO received (id, effect, status, request_id, length, body) VALUES (3,5,429,'"r-1"',5,X'7801CB492C492D0200063D0219');
INSERT INTO received (id, effect, status, request_id, length, body) VALUES (4,5,200,'"r-2"',8,X'78014B492C49B45260F80F000CB302F4');
CREATE TABLE spending (
    purse TEXT PRIMARY KEY,
    nanodollars INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    cut INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO spending (purse, nanodollars, tokens, cut) VALUES ('260101-000000-abcd',57,25,1);
CREATE TABLE reservation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    purse TEXT NOT NULL REFERENCES spending ON DELETE CASCADE,
    process TEXT NOT NULL,
    nanodollars INTEGER NOT NULL,
    tokens INTEGER NOT NULL
);
INSERT INTO reservation (id, purse, process, nanodollars, tokens) VALUES (2,'260101-000000-abcd','fd25bd603367dcc7',100,20);
CREATE VIEW session_info AS
    SELECT id, title, created, updated, (SELECT count(*) FROM message WHERE message.session = session.id) AS messages
    FROM session;
CREATE INDEX message_by_parent ON message (session, parent);
CREATE INDEX feedback_by_message ON feedback (message);
CREATE INDEX turn_by_session ON turn (session);
CREATE INDEX effect_by_turn ON effect (turn);
CREATE INDEX effect_by_key ON effect (key) WHERE key IS NOT NULL;
CREATE INDEX run_by_key ON run (key);
CREATE INDEX carried_by_hash ON carried (hash);
CREATE TRIGGER image_left AFTER DELETE ON carried WHEN NOT EXISTS (SELECT 1 FROM carried WHERE hash = old.hash)
BEGIN
    DELETE FROM image WHERE hash = old.hash;
END;
CREATE INDEX received_by_effect ON received (effect);
CREATE INDEX reservation_by_purse ON reservation (purse);
DELETE FROM sqlite_sequence WHERE name = 'reservation';
INSERT INTO sqlite_sequence VALUES ('reservation', 2);
PRAGMA user_version = 6;
COMMIT;
