"""Whom TLS trusts."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import pytest
import trustme

from chatbot.service.trust import BUNDLES, trust, trusted_by

pytestmark = pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="these are asked themselves")


@pytest.fixture(autouse=True)
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def trusted() -> list[str]:
    """The names of those that are trusted from the start."""
    return [str(each["subject"]) for each in trust().get_ca_certs()]


def test_they_are_read_once_and_again_where_others_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = trust()
    assert trust() is before
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert trust() is not before


def test_names_and_certificates_are_checked() -> None:
    context = trust()
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED


def test_who_is_named_is_trusted_and_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA(organization_name="Ours")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    (name,) = trusted()
    assert "Ours" in name

    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert trusted() == []  # a folder is looked into when a certificate has come


def test_a_file_that_is_not_there_is_an_error_and_not_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(FileNotFoundError):
        trust()


@pytest.mark.skipif(not any(map(Path.is_file, map(Path, BUNDLES))), reason="no bundle where distributions have it")
def test_a_python_that_looks_where_nothing_is_finds_the_distributions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = ssl.DefaultVerifyPaths(None, str(tmp_path), "", "", "", "")  # as a Python built for all of them has it
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    assert len(trusted_by.__wrapped__("", "").get_ca_certs()) > 50  # not those that were read before
