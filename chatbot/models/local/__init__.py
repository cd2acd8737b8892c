"""Open models on this machine: transformers' checkpoints behind the same `Model` as any endpoint.

`options` what a user can set · `checkpoint` what lies at a path · `loading` weights into memory, once ·
`chat_format` messages to tokens, `text_reader` a reply's text to events · `decoding` how the next token is chosen ·
`processors` and `pictures` what a model that sees is shown ·
`engine` the thread that computes; `prefill`, `batch` and `exclusive` are its work, `prefix_cache` its memory ·
`model` the `Model`.

Nothing here is imported before somebody names a local model: torch alone takes seconds.
"""

import logging

for _noisy in ("torchao", "torch.utils._pytree"):  # what torchao says while transformers imports it concerns nobody
    logging.getLogger(_noisy).setLevel(logging.ERROR)
