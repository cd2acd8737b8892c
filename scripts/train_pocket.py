"""Trains `examples/pocket`, our own small model, from data that it makes: tokenizer, weights and all.

    python scripts/train_pocket.py --minutes 78

Needs torch and transformers (the extra `local`) and two cores for the given minutes. What is trained on is fixed by the
seed; how far a given time gets depends on the machine, so `--steps` repeats a training and `--minutes` bounds it. An
interrupted training goes on with `--resume`. Writes the model's files; its card is written by hand.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

SEED = 20261121
CONTEXT = 4096
SHAPE = {
    "hidden_size": 256, "num_hidden_layers": 5, "intermediate_size": 640,
    "num_attention_heads": 4, "num_key_value_heads": 2,
}  # fmt: skip
"""Four heads of 64: narrower ones cost twice the time on a CPU."""


def main(arguments: list[str] | None = None) -> None:
    """Trains and saves."""
    options = _options(arguments)
    import torch
    from pocket.training import Plan, Trainer
    from pocket.vocabulary import known, learn
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(options.seed)
    tokenizer = known(options.work) if options.resume else learn(options.seed, context=CONTEXT)
    shape = {**SHAPE, "hidden_size": options.hidden, "num_hidden_layers": options.layers}
    config = LlamaConfig(
        vocab_size=len(tokenizer), max_position_embeddings=CONTEXT, tie_word_embeddings=True, rms_norm_eps=1e-5,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
        attn_implementation="eager", **shape,
    )  # fmt: skip
    trainer = Trainer(LlamaForCausalLM(config), Plan(options.seed, options.steps, options.minutes), cores=options.cores)
    print(f"{sum(each.numel() for each in trainer.weights) / 1e6:.2f} million parameters", flush=True)
    if options.resume:
        trainer.resume(options.work)
    course = trainer.run(tokenizer, options.work)
    trainer.model.save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)
    print(f"{course.step} steps, {course.tokens / 1e6:.1f} million tokens, {course.seconds / 60:.0f} minutes")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "examples/pocket", help="where the model is written")
    parser.add_argument("--work", type=Path, default=ROOT / ".cache/pocket", help="where checkpoints are kept")
    parser.add_argument("--steps", type=int, default=8000, help="batches to train on")
    parser.add_argument("--minutes", type=float, default=78, help="the most time it may take")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cores", type=int, default=2, help="how many batches are computed side by side")
    parser.add_argument("--hidden", type=int, default=SHAPE["hidden_size"], help="width of the model")
    parser.add_argument("--layers", type=int, default=SHAPE["num_hidden_layers"])
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
