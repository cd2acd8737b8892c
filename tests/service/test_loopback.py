import pytest

from chatbot.service.loopback import is_here


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_what_is_sent_here_leaves_no_machine(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example", "192.168.1.2", "0.0.0.0", "::", "127.1", "127.0.0.1.example"]
)
def test_any_other_name_may_be_elsewhere(host: str) -> None:
    assert not is_here(host)
