"""The program that reads a database: 100 statements that want more than to read, and not one that gets it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from chatbot.tools import sql_worker
from chatbot.tools.sql_worker import answer

WRITES = """
INSERT INTO customers VALUES (9, 'x')
INSERT OR REPLACE INTO customers VALUES (1, 'x')
REPLACE INTO customers VALUES (1, 'x')
INSERT INTO customers SELECT * FROM customers
INSERT INTO customers DEFAULT VALUES
INSERT INTO customers VALUES (9, 'x') RETURNING id
INSERT INTO customers VALUES (1, 'x') ON CONFLICT DO UPDATE SET name = 'x'
WITH a AS (SELECT 9) INSERT INTO customers SELECT *, 'x' FROM a
UPDATE customers SET name = 'x'
UPDATE OR IGNORE customers SET id = 5 WHERE id = 1
UPDATE customers SET name = 'x' FROM orders WHERE orders.id = customers.id
UPDATE customers SET name = 'x' RETURNING name
WITH a AS (SELECT 1) UPDATE customers SET name = 'x'
DELETE FROM customers
DELETE FROM customers WHERE id = 1 RETURNING *
WITH a AS (SELECT 1) DELETE FROM customers
DELETE FROM sqlite_sequence
CREATE TABLE t (a)
CREATE TABLE IF NOT EXISTS t AS SELECT * FROM customers
CREATE TEMP TABLE t (a)
CREATE TABLE temp.t AS SELECT 1
CREATE VIEW v AS SELECT 1
CREATE TEMP VIEW v AS SELECT 1
CREATE INDEX i ON customers (name)
CREATE UNIQUE INDEX i ON customers (name)
CREATE TRIGGER t AFTER INSERT ON customers BEGIN SELECT 1; END
CREATE TEMP TRIGGER t AFTER INSERT ON customers BEGIN SELECT 1; END
CREATE VIRTUAL TABLE t USING fts5 (a)
CREATE VIRTUAL TABLE temp.t USING fts5 (a)
CREATE VIRTUAL TABLE t USING csv (filename = '/etc/passwd')
DROP TABLE customers
DROP TABLE IF EXISTS customers
DROP VIEW expensive
DROP INDEX by_name
DROP TRIGGER IF EXISTS nothing
ALTER TABLE customers RENAME TO c
ALTER TABLE customers RENAME COLUMN name TO n
ALTER TABLE customers ADD COLUMN x
ALTER TABLE customers DROP COLUMN name
REINDEX
REINDEX customers
ANALYZE
ANALYZE customers
VACUUM
VACUUM INTO 'copy.db'
BEGIN
BEGIN IMMEDIATE
BEGIN EXCLUSIVE
COMMIT
ROLLBACK
SAVEPOINT a
RELEASE a
INSERT INTO notes VALUES ('x')
INSERT INTO notes (notes) VALUES ('rebuild')
INSERT INTO notes (notes, rank) VALUES ('automerge', 0)
UPDATE sqlite_master SET sql = 'x'
UPDATE sqlite_schema SET rootpage = 2
DELETE FROM sqlite_master
INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 2, 'x')
INSERT INTO temp.sqlite_master VALUES ('table', 'x', 'x', 2, 'x')
EXPLAIN DELETE FROM customers
EXPLAIN QUERY PLAN UPDATE customers SET name = 'x'
/* SELECT */ DELETE FROM customers
SELECT 1; DELETE FROM customers
SELECT 1; ATTACH 'other.db' AS other
"""
ESCAPES = """
ATTACH 'other.db' AS other
ATTACH DATABASE ':memory:' AS m
ATTACH 'file:other.db?mode=rwc' AS other
ATTACH '/etc/passwd' AS p
DETACH main
PRAGMA query_only = OFF
PRAGMA query_only(0)
PRAGMA main.query_only = 0
PRAGMA writable_schema = ON
PRAGMA journal_mode = DELETE
PRAGMA journal_mode
PRAGMA user_version = 7
PRAGMA application_id = 7
PRAGMA wal_checkpoint(TRUNCATE)
PRAGMA incremental_vacuum
PRAGMA optimize
PRAGMA temp_store_directory = '/tmp'
PRAGMA data_store_directory = '/tmp'
PRAGMA trusted_schema = ON
PRAGMA mmap_size = 1000000000
PRAGMA hard_heap_limit = 1
PRAGMA database_list
SELECT * FROM pragma_database_list
SELECT * FROM pragma_journal_mode
SELECT load_extension('evil')
SELECT load_extension('evil', 'main')
SELECT readfile('/etc/passwd')
SELECT writefile('out.txt', 'x')
SELECT edit('x', 'vi')
SELECT eval('DELETE FROM customers')
SELECT fts3_tokenizer('simple')
SELECT fts3_tokenizer('simple', x'0000000000000000')
SELECT * FROM fsdir('/')
SELECT * FROM zipfile('a.zip')
SELECT sqlite_compileoption_get(1)
SELECT sqlite_log(1, 'x')
"""
ENDLESS = """
WITH RECURSIVE r (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r
WITH RECURSIVE r (x) AS (VALUES (1) UNION ALL SELECT 1 FROM r) SELECT sum(x) FROM r
WITH RECURSIVE r (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT * FROM r WHERE x < 0
WITH a AS (SELECT value v FROM json_each('[1,2,3,4,5,6,7,8,9,0]')) SELECT count(*) FROM a,a,a,a,a,a,a,a,a,a,a,a,a,a
SELECT zeroblob(1000000000)
SELECT randomblob(2000000000)
SELECT json_array(hex(zeroblob(1000000000)))
SELECT hex(zeroblob(16000000))
SELECT replace(hex(zeroblob(1000000)), '0', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
"""
HOSTILE = [line for text in (WRITES, ESCAPES, ENDLESS) for line in text.strip().splitlines()]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE customers (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id), total REAL, note BLOB);
        CREATE INDEX by_name ON customers (name);
        CREATE VIEW expensive AS SELECT * FROM orders WHERE total > 100;
        CREATE VIRTUAL TABLE notes USING fts5 (text);
        INSERT INTO customers (name) VALUES ('Ada'), ('Bo');
        INSERT INTO orders VALUES (1, 1, 120.5, NULL), (2, 2, 1e999, x'00ff');
        INSERT INTO notes VALUES ('call back on Monday');
        """
    )
    connection.close()
    return path


def ask(database: Path, sql: str, *, rows: int = 10, seconds: float = 30) -> dict[str, object]:
    return answer({"database": str(database), "sql": sql, "rows": rows, "seconds": seconds})


def state(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_there_are_a_hundred_hostile_statements() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 100


@pytest.mark.parametrize("sql", HOSTILE)
def test_a_statement_that_does_more_than_read_fails_and_changes_nothing(database: Path, sql: str) -> None:
    before = state(database.parent)

    reply = ask(database, sql, seconds=0.2)

    assert "error" in reply and "rows" not in reply
    assert state(database.parent) == before


def test_what_was_refused_is_said(database: Path) -> None:
    assert ask(database, "DELETE FROM customers")["denied"] == "DELETE customers"
    assert ask(database, "SELECT readfile('x')") == {"error": "no such function: readfile", "denied": ""}
    assert ask(database, "SELECT load_extension('x')")["denied"] == "the function load_extension"


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT name FROM customers ORDER BY id", [["Ada"], ["Bo"]]),
        (
            "SELECT c.name, sum(o.total) FROM customers c JOIN orders o ON o.customer = c.id WHERE c.id = 1",
            [["Ada", "120.5"]],
        ),
        ("SELECT total, note FROM orders WHERE id = 2", [["inf", "<2 bytes>"]]),
        ("SELECT count(*) FROM expensive", [[2]]),
        ("SELECT text FROM notes WHERE notes MATCH 'monday'", [["call back on Monday"]]),
        ("SELECT snippet(notes, 0, '[', ']', '', 2) FROM notes('monday')", [["on [Monday]"]]),
        ("SELECT value FROM json_each('[1, 2]')", [[1], [2]]),
        (
            "WITH RECURSIVE r (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM r WHERE x < 3) SELECT x FROM r",
            [[1], [2], [3]],
        ),
        ("SELECT row_number() OVER (ORDER BY name DESC), name FROM customers", [[1, "Bo"], [2, "Ada"]]),
        (
            "SELECT date('2026-01-31', '+1 month'), round(2.5), upper('a'), 'a' || 'b'",
            [["2026-03-03", "3.0", "A", "ab"]],
        ),
        ("SELECT name FROM pragma_table_info('customers')", [["id"], ["name"]]),
        ("SELECT name FROM sqlite_schema WHERE type = 'view'", [["expensive"]]),
        ("VALUES (1, NULL)", [[1, None]]),
    ],
)
def test_what_only_reads_is_answered(database: Path, sql: str, rows: list[object]) -> None:
    reply = ask(database, sql)

    assert reply.get("rows") == rows, reply
    assert reply["more"] is False


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        ("CREATE VIEW evil AS SELECT load_extension('evil') AS a", "SELECT a FROM evil"),
        ("CREATE TABLE evil (a, b AS (load_extension(a)))", "SELECT b FROM evil"),
        ("CREATE TABLE evil (a DEFAULT (writefile('x', 'y')))", "SELECT a FROM evil UNION SELECT readfile('x')"),
        ("CREATE VIEW evil AS SELECT * FROM pragma_database_list", "SELECT * FROM evil"),
    ],
)
def test_a_file_that_was_made_to_attack_gets_no_further(tmp_path: Path, made: str, asked: str) -> None:
    connection = sqlite3.connect(tmp_path / "evil.db")
    with suppress(sqlite3.Error):  # where SQLite itself refuses to make such a thing
        connection.execute(made)
    connection.close()

    assert "error" in ask(tmp_path / "evil.db", asked)
    assert "schema" in answer({"database": str(tmp_path / "evil.db"), "seconds": 30})


def test_rows_and_values_are_cut_to_what_was_asked_for(database: Path) -> None:
    assert ask(database, "SELECT id FROM customers", rows=1) == {"columns": ["id"], "rows": [[1]], "more": True}
    ((text,),) = ask(database, "SELECT hex(zeroblob(100000))")["rows"]  # type: ignore[misc,attr-defined]
    assert len(text) == sql_worker.MOST_CELL + 1


def test_the_schema_tells_tables_views_keys_and_links(database: Path) -> None:
    schema = {each["name"]: each for each in answer({"database": str(database), "seconds": 30})["schema"]}  # type: ignore[attr-defined]

    assert list(schema) == ["customers", "expensive", "notes", "orders"]
    assert schema["orders"]["columns"][:2] == [
        ["id", "INTEGER", True, ""],
        ["customer", "INTEGER", False, "customers.id"],
    ]
    assert schema["expensive"]["kind"] == "view"
    assert schema["notes"]["columns"][0][0] == "text"


def test_a_log_that_is_not_merged_yet_is_read_and_kept(database: Path) -> None:
    writer = sqlite3.connect(database)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    writer.execute("INSERT INTO customers (name) VALUES ('Cy')")
    writer.commit()
    log = database.with_name("shop.db-wal").read_bytes()

    assert ask(database, "SELECT count(*) FROM customers")["rows"] == [[3]]
    assert database.with_name("shop.db-wal").read_bytes() == log
    writer.close()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be taken for one" * 20, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_damaged_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(content)

    assert "error" in ask(path, "SELECT * FROM sqlite_schema")


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "error" in ask(tmp_path / "none.db", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_it_is_a_program_that_reads_a_request_and_writes_the_answer(database: Path) -> None:
    request = json.dumps(
        {"database": str(database), "sql": "SELECT 1 AS one", "rows": 1, "seconds": 30, "megabytes": 512}
    )
    worker = str(Path(sql_worker.__file__))

    done = subprocess.run(
        [sys.executable, "-I", "-S", worker], input=request, capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == {"columns": ["one"], "rows": [[1]], "more": False}
