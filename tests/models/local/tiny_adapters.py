"""Random LoRA adapters, made where a test needs them; they change what a tiny model says."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def tiny_adapter(folder: Path, base: Path, *, seed: int = 0, **config: Any) -> Path:
    """The folder, with an adapter of this checkpoint in it, as peft writes one."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    given = {"r": 4, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj", "down_proj"], **config}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(**given))
        for name, weight in model.named_parameters():
            if "lora_" in name or "modules_to_save" in name:
                torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(folder)
    return folder
