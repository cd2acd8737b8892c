"""What the commands about local models share: the settings of them, and a name as users give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.models.local.checkpoint import Checkpoint
    from chatbot.models.local.options import LocalOptions


def local_options() -> LocalOptions:
    """The table [local] of the workspace."""
    from chatbot.models.local.options import LocalOptions
    from chatbot.workspace import find_workspace

    workspace = find_workspace()
    return LocalOptions.read(workspace.settings.local, where=f"{workspace.settings_file}: local")


def described(name: str) -> Checkpoint:
    """The checkpoint at a folder or of a hub id, with or without `local:` before it; its config alone will do."""
    from chatbot.models.local import checkpoint

    name = name.removeprefix("local:")
    return checkpoint.read(name, trust_remote_code=name in local_options().trust_remote_code, weights=False)
