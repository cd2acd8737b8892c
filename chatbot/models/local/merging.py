"""An adapter merged into its model: a checkpoint of its own, which needs no adapter any more and answers the quicker.

In: `BASE+ADAPTER` and a folder that does not exist yet. Out: that folder, with config, safetensors and tokenizer, in
the numbers that the base is stored in. It appears whole or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

from chatbot.errors import CheckpointError, UsageError
from chatbot.models.local import checkpoint
from chatbot.models.local.adapters import adapter_folder, split
from chatbot.models.local.loading import load_apart, retrained_tokenizer
from chatbot.models.local.options import DTYPES, LocalOptions
from chatbot.models.local.quiet import quiet


def merge(name: str, target: Path, *, trust_remote_code: tuple[str, ...] = ()) -> None:
    """Writes the merged model. Raises UsageError or ModelError, in one line that says what to do."""
    base, adapter = split(name)
    if not adapter:
        raise UsageError(f"{name} names no adapter", hint="name both: BASE+ADAPTER")
    if target.exists():
        raise UsageError(f"{target} exists already", hint="name a folder that does not")
    found = checkpoint.read(base, trust_remote_code=base in trust_remote_code)
    if found.quantized:
        raise CheckpointError(
            f"{base} is stored in {found.quantized}, into which nothing can be merged",
            hint="merge into the model in full precision that it was made from",
        )
    folder = adapter_folder(adapter)
    saved = str(getattr(found.config, "dtype", None) or "float32").removeprefix("torch.")
    dtype = saved if saved in DTYPES else "float32"
    weights = load_apart(base, LocalOptions(device="cpu", dtype=dtype, trust_remote_code=trust_remote_code))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as unfinished:
        merged = Path(unfinished) / "merged"
        _write(weights.model, folder, merged, name)
        retrained_tokenizer(folder, weights.tokenizer).save_pretrained(merged)
        shutil.move(merged, target)


def _write(model: object, adapter: Path, target: Path, name: str) -> None:
    from peft import PeftModel

    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft 0.21 asks transformers for what has another name by now
        try:
            adapted = PeftModel.from_pretrained(model, str(adapter), use_safetensors=True)
            adapted.merge_and_unload(safe_merge=True).save_pretrained(target)
        except (OSError, ValueError, TypeError, LookupError, RuntimeError, AttributeError, ImportError) as error:
            raise CheckpointError(
                f"{name} cannot be merged: {' '.join(str(error).split())[:200]}",
                hint="base_model_name_or_path in adapter_config.json names the model the adapter was made for",
            ) from error
