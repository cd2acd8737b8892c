"""Plain data as YAML that people can read: short tables in one line, texts of several lines as blocks, no aliases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import SafeDumper


def write_yaml(data: Mapping[str, object]) -> str:
    """The document, which any YAML reader reads back to equal data."""
    import yaml

    return yaml.dump(data, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


@cache
def _dumper() -> type[SafeDumper]:
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        # a block keeps lines as they are, but not every text can be one: the emitter then falls back to quotes
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper
