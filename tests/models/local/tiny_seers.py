"""Checkpoints of models that see, of about 100,000 random weights, with processors as their families have them.

`tiny_seer(folder, family)` writes one of "llava" (a tower's patches in place of a mark), "qwen2_vl" (more tokens for a
larger picture, in positions of three axes), "gemma3" (a picture's tokens see each other both ways, and a layer has a
window), "idefics3" (a picture is cut into tiles, with tokens of their own between them). Their templates are those of
the families. They write words alone: special tokens are for other tests.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiny_models import tiny_tokenizer

TEXT = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "initializer_range": 0.25,
}
TOWER = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}

LLAVA_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>' }}{% endfor %}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{{ '\n' + content['text'] }}"
    "{% endfor %}{{ '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
QWEN_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
GEMMA_TEMPLATE = (
    "{%- for message in messages -%}{{ '<start_of_turn>' + message['role'] + '\n' }}"
    "{%- if message['content'] is string -%}{{ message['content'] | trim }}"
    "{%- else -%}{%- for item in message['content'] -%}{%- if item['type'] == 'image' -%}{{ '<start_of_image>' }}"
    "{%- elif item['type'] == 'text' -%}{{ item['text'] | trim }}{%- endif -%}{%- endfor -%}{%- endif -%}"
    "{{ '<end_of_turn>\n' }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<start_of_turn>assistant\n' }}{%- endif -%}"
)
IDEFICS_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def tiny_seer(folder: Path, family: str, *, context: int = 4096) -> Path:
    """The folder, with a checkpoint of this family in it."""
    import torch
    from transformers import AutoModelForImageTextToText, GenerationConfig

    config, processor = FAMILIES[family](context)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModelForImageTextToText.from_config(config, dtype=torch.float32)
        torch.nn.init.normal_(model.lm_head.weight, std=0.25)
        model.lm_head.weight.data[list(processor.tokenizer.added_tokens_decoder)] = 0
        if family == "gemma3":  # whose own initialisation leaves nothing of a picture
            torch.nn.init.normal_(model.model.multi_modal_projector.mm_input_projection_weight)
    ends = {"eos_token_id": processor.tokenizer.eos_token_id, "pad_token_id": processor.tokenizer.pad_token_id}
    model.generation_config = GenerationConfig(**ends)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _tokenizer(*special: str, **named: str) -> Any:
    from transformers import PreTrainedTokenizerFast

    given = copy.deepcopy(tiny_tokenizer())
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=given.backend_tokenizer,
        eos_token=given.eos_token,
        pad_token=given.pad_token,
        extra_special_tokens=named or list(special),
    )
    tokenizer.add_special_tokens({"additional_special_tokens": list(special)}, replace_extra_special_tokens=False)
    return tokenizer


def _text(tokenizer: Any, context: int, **more: Any) -> dict[str, Any]:
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    return {**TEXT, "vocab_size": len(tokenizer), "max_position_embeddings": context, **ends, **more}


def _llava(context: int) -> tuple[Any, Any]:
    from transformers import AutoConfig, LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = _tokenizer("<image>")
    config = AutoConfig.for_model(
        "llava",
        text_config={"model_type": "llama", **_text(tokenizer, context)},
        vision_config={"model_type": "clip_vision_model", "image_size": 24, "patch_size": 8, **TOWER},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
    )
    sizes = {"size": {"shortest_edge": 24}, "crop_size": {"height": 24, "width": 24}}
    processor = LlavaProcessor(
        CLIPImageProcessorPil(**sizes),
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=LLAVA_TEMPLATE,
    )
    return config, processor


def _qwen2_vl(context: int) -> tuple[Any, Any]:
    from transformers import AutoConfig
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    marks = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    tokenizer = _tokenizer(*marks)
    image, video, start, end = tokenizer.convert_tokens_to_ids(list(marks))
    rope = {"type": "mrope", "rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
    config = AutoConfig.for_model(
        "qwen2_vl",
        text_config=_text(tokenizer, context, rope_parameters=rope),
        vision_config={"depth": 1, "embed_dim": 32, "hidden_size": 64, "num_heads": 2, "patch_size": 8, "mlp_ratio": 2},
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    images = Qwen2VLImageProcessorPil(patch_size=8, size={"shortest_edge": 16 * 16 * 4, "longest_edge": 16 * 16 * 16})
    return config, _Parts(images, tokenizer, QWEN_TEMPLATE)


@dataclass
class _Parts:
    """A processor that only torchvision could put together, for its part for videos; it is saved part by part."""

    images: Any
    tokenizer: Any
    template: str

    def save_pretrained(self, folder: Path) -> None:
        self.images.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        (folder / "chat_template.jinja").write_text(self.template)


def _gemma3(context: int) -> tuple[Any, Any]:
    from transformers import AutoConfig, Gemma3Processor
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    named = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = _tokenizer("<start_of_turn>", "<end_of_turn>", **named)
    config = AutoConfig.for_model(
        "gemma3",
        text_config=_text(
            tokenizer,
            context,
            layer_types=["sliding_attention", "full_attention"],
            sliding_window=16,
            query_pre_attn_scalar=16,
            tie_word_embeddings=False,
        ),
        tie_word_embeddings=False,
        vision_config={"image_size": 32, "patch_size": 8, **TOWER},
        mm_tokens_per_image=4,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_index=tokenizer.image_token_id,
    )
    images = Gemma3ImageProcessorPil(size={"height": 32, "width": 32})
    return config, Gemma3Processor(images, tokenizer, chat_template=GEMMA_TEMPLATE, image_seq_length=4)


def _idefics3(context: int) -> tuple[Any, Any]:
    from transformers import AutoConfig, Idefics3Processor
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    tiles = [f"<row_{row}_col_{column}>" for row in range(1, 4) for column in range(1, 4)]
    tokenizer = _tokenizer("<image>", "<fake_token_around_image>", "<end_of_utterance>", "<global-img>", *tiles)
    config = AutoConfig.for_model(
        "idefics3",
        text_config={"model_type": "llama", **_text(tokenizer, context)},
        vision_config={"image_size": 32, "patch_size": 8, **TOWER},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        scale_factor=2,
        tie_word_embeddings=False,
    )
    images = Idefics3ImageProcessorPil(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})
    return config, Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=IDEFICS_TEMPLATE)


FAMILIES: dict[str, Callable[[int], tuple[Any, Any]]] = {
    "llava": _llava,
    "qwen2_vl": _qwen2_vl,
    "gemma3": _gemma3,
    "idefics3": _idefics3,
}
