"""Which weights these are: a digest of a checkpoint, the same wherever its folder lies, whatever it is called.

In: the folder. Out: a short hash of config, tokenizer and template, and of samples of the weights: a fine-tuned model
has the shapes and sizes of its parent, but other numbers everywhere.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

WHOLE = (
    "config.json",
    "adapter_config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "chat_template.json",
)

SAMPLES, SAMPLE_BYTES = 16, 1 << 14
"""Of each file of weights: a quarter of a MiB, which takes no time to read."""


def fingerprint(folder: Path) -> str:
    """The digest, in 64 hexadecimal digits. Files that are not there do not count."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors"), key=lambda each: each.name):
        _weights(file, digest)
    for name in WHOLE:
        if (folder / name).is_file():
            digest.update(name.encode() + hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def _weights(file: Path, digest: hashlib._Hash) -> None:
    size = file.stat().st_size
    digest.update(size.to_bytes(8, "little"))
    with file.open("rb") as stream:
        for sample in range(SAMPLES):
            stream.seek((size - 1) * sample // SAMPLES if size else 0)
            digest.update(stream.read(SAMPLE_BYTES))
