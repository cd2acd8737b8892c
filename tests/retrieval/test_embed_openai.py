"""The openai seam, with the real client against a real HTTP server on this machine."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from chatbot.errors import ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.retrieval.embed import embedder
from chatbot.retrieval.embed_openai import OpenAIEmbedder

KEY = "sk-test-very-secret"


class EmbeddingsServer(ThreadingHTTPServer):
    """Speaks the embeddings protocol: a text's vector is (its length, 1), and the items come in reverse order.

    `answers` holds replies (status, headers, body) to give first, in place of vectors. `requests` holds what came.
    """

    daemon_threads = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), EmbeddingsHandler)
        self.answers = []
        self.requests = []
        self.lock = threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class EmbeddingsHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append((self.path, self.headers["Authorization"], body))
            status, headers, answer = self.server.answers.pop(0) if self.server.answers else (200, {}, vectors(body))
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(content), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


def vectors(body):
    items = [
        {"object": "embedding", "index": index, "embedding": [float(len(text)), 1.0]}
        for index, text in enumerate(body["input"])
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": body["model"], "data": items[::-1], "usage": usage}


@contextmanager
def serving():
    server = EmbeddingsServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def remote(server, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return OpenAIEmbedder("text-embedding-3-small")


def refuse(status, message="no", **headers):
    return status, {"retry-after-ms": "1", **headers}, {"error": {"message": message, "type": "error", "code": None}}


def test_an_endpoint_is_an_embedder(remote, server):
    np.testing.assert_allclose(remote.embed(["xxx"]), [[3 / 10**0.5, 1 / 10**0.5]], atol=1e-6)
    path, authorization, body = server.requests[0]
    assert (path, authorization) == ("/v1/embeddings", f"Bearer {KEY}")
    assert body == {"model": "text-embedding-3-small", "input": ["xxx"], "encoding_format": "float"}


def test_the_spec_finds_it(monkeypatch, server):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    assert embedder("openai:nomic-embed-text:v1.5").name == "openai:nomic-embed-text:v1.5"


def test_an_embedder_object_is_taken_without_a_request(remote, server):
    assert embedder(remote) is remote
    assert remote.name == "openai:text-embedding-3-small"
    assert server.requests == []


def test_the_dimension_is_asked_for_once(remote, server):
    assert (remote.dimension, remote.dimension) == (2, 2)
    assert len(server.requests) == 1
    assert remote.embed([]).shape == (0, 2)


def test_many_texts_go_in_several_requests_and_come_back_in_order(remote, server):
    texts, seen = ["x" * number for number in range(1, 600)], []

    vectors = remote.embed(texts, progress=lambda done, total: seen.append((done, total)))

    lengths = vectors[:, 0] / vectors[:, 1]
    np.testing.assert_allclose(lengths, range(1, 600), rtol=1e-4)
    assert len(server.requests) == len(seen) == 5
    assert seen[-1] == (599, 599)


def test_texts_are_sent_as_every_service_takes_them(remote, server):
    remote.embed(["", "\x00", "\ud800", "漢" * 100_000])

    empty, null, surrogate, long = server.requests[0][2]["input"]
    assert empty.isspace()
    assert (null, surrogate) == ("\x00", "?")
    assert set(long) == {"漢"}
    assert len(long.encode()) <= 8191


def test_a_busy_service_is_asked_again(remote, server):
    server.answers = [refuse(429), refuse(503), refuse(500)]

    assert remote.embed(["xxx"]).shape == (1, 2)
    assert len(server.requests) == 4


def test_a_service_that_stays_busy_is_an_error_with_its_words(remote, server):
    server.answers = [refuse(429, "come back tomorrow", **{"retry-after-ms": "80000000"})]

    with pytest.raises(ModelUnreachable, match="come back tomorrow"):
        remote.embed(["xxx"])
    assert len(server.requests) == 1


def test_a_service_whose_quota_is_used_up_is_not_asked_again(remote, server):
    body = {"error": {"message": "quota used up", "code": "insufficient_quota"}}
    server.answers = [(429, {}, body)]

    with pytest.raises(ModelRefused, match="quota used up"):
        remote.embed(["xxx"])
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refuses the key"), (403, "refuses the key"), (404, "knows no"), (400, "refuses the request .400.")],
)
def test_a_refusal_is_told_at_once_and_without_the_key(remote, server, status, words):
    server.answers = [refuse(status)]

    with pytest.raises(ModelRefused, match=words) as refusal:
        remote.embed_query("question")

    assert len(server.requests) == 1
    assert KEY not in str(refusal.value)


def test_documents_do_not_follow_a_redirect(remote, server):
    with serving() as elsewhere:
        server.answers = [(307, {"Location": f"{elsewhere.url}/embeddings"}, "")]

        with pytest.raises(ModelProtocolError, match="elsewhere"):
            remote.embed(["a private document"])

        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"Content-Type": "text/html"}, "<html>welcome</html>"),
        (200, {}, "{broken"),
        (200, {}, ""),
        (200, {}, "[]"),
        (200, {}, "null"),
        (200, {}, {"object": "list"}),
        (200, {}, {"data": []}),
        (200, {}, {"data": "text"}),
        (200, {}, {"data": [{"index": 0}]}),
        (200, {}, {"data": [{"index": 0, "embedding": []}]}),
        (200, {}, {"data": [{"index": 0, "embedding": [1.0, None]}]}),
        (200, {}, {"data": [{"index": "a", "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}]}),
        (200, {}, '{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'),
        (200, {}, {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}]}),
    ],
    ids=lambda answer: str(answer[2])[:40],
)
def test_an_answer_that_is_not_the_protocol_is_an_error(remote, server, answer):
    server.answers = [answer] * 2

    with pytest.raises(ModelProtocolError, match=server.url):
        remote.embed_query("question")


def test_a_server_that_is_down_is_named(monkeypatch):
    with serving() as gone:
        monkeypatch.setenv("OPENAI_BASE_URL", gone.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)

    with pytest.raises(ModelUnreachable, match=gone.url) as failure:
        OpenAIEmbedder("any").embed_query("question")

    assert failure.value.hint


def test_openai_itself_needs_a_key(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(ModelRefused, match="needs a key"):
        OpenAIEmbedder("text-embedding-3-small")


def test_a_server_of_ones_own_needs_none(monkeypatch, server):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    assert OpenAIEmbedder("any").embed_query("question").shape == (2,)
