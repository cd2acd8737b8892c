"""Whom TLS trusts: those that the system does."""

from __future__ import annotations

import functools
import os
import re
import ssl
import sys
from pathlib import Path

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine
)
"""Where distributions keep theirs, as Go's crypto/x509 lists them: for a Python that looks elsewhere, being built to
run on all of them."""


def trust() -> ssl.SSLContext:
    """Whom the system trusts, or SSL_CERT_FILE and SSL_CERT_DIR where they are set.

    macOS and Windows are asked themselves: what they trust is in no file. Raises OSError where a file is not there.
    """
    return trusted_by(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@functools.cache
def trusted_by(file: str, folder: str) -> ssl.SSLContext:
    """Those in a file, else in a folder, else those whom the system trusts; read once, which takes a while."""
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=None if file else folder)
    if sys.platform in ("darwin", "win32"):
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cafile=None if _has_any() else _bundle())


def _has_any() -> bool:
    """Whether anything is where Python's OpenSSL looks: a file, or a folder of certificates by their hashes."""
    paths = ssl.get_default_verify_paths()
    names = (entry.name for entry in Path(paths.capath).iterdir()) if paths.capath else ()
    return bool(paths.cafile) or any(re.fullmatch(r"[0-9a-f]{8}\.\d+", name) for name in names)


def _bundle() -> str | None:
    return next((path for path in BUNDLES if Path(path).is_file()), None)
