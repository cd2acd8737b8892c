import pytest

from chatbot.errors import ProjectError
from chatbot.tools.web_service import WebService, key_from, service_url


@pytest.mark.parametrize(
    ("url", "keyed"),
    [
        ("https://example.com", True),
        ("https://example.com/sub/path/", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://searx.lan", False),
    ],
)
def test_an_address_that_a_person_sets_may_lie_anywhere(url: str, keyed: bool) -> None:
    assert service_url(url, "url", keyed=keyed) == url


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "ftp://example.com", "https://", "https://u:p@example.com", "https://a.b/?q=", "http://["],
)
def test_what_is_no_address_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(ProjectError, match="not a URL"):
        service_url(url, "url")


@pytest.mark.parametrize("url", ["http://example.com", "http://10.0.0.1", "http://localhost.example.com"])
def test_a_key_leaves_this_machine_encrypted_or_not_at_all(url: str) -> None:
    with pytest.raises(ProjectError, match="a key would go there unencrypted"):
        service_url(url, "url", keyed=True)


@pytest.mark.parametrize("value", ["", "  ", "schlüssel", "two\nlines"])
def test_what_is_no_key_is_refused_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", value)
    with pytest.raises(ProjectError) as caught:
        key_from("A_KEY", "[tool_options.x]")
    assert str(caught.value).startswith("[tool_options.x]: ")
    assert not value.strip() or value not in str(caught.value)


def test_a_service_shown_shows_no_key() -> None:
    assert "s3cret" not in repr(WebService("Service", "https://example.com", {"Authorization": "s3cret"}))
