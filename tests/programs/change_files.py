"""Changes an index or a journal while it is watched: `change_files.py SOCKET`, a fork for each change asked for.

In: JSON on the socket, `{"change": name, "folder": path}`. Out: the watcher's descriptor and the process that is
watched, then its exit status. The fork tells by a pipe that nobody reads, but that the watcher sees being written to,
when a change is done, or the message it was refused with. All is imported before the first fork, which makes one change
a matter of milliseconds.
"""

import json
import os
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import backup_changes
import faiss  # noqa: F401  imported here once
import journal_changes
from crash_cases import BUILDING, CARELESS, CHANGES
from system_calls import hand_over

from chatbot.errors import ChatbotError
from chatbot.retrieval.embed_tokens import packaged_tokens


def change(name: str, folder: Path, channel: socket.socket) -> None:
    """Makes a change while the watcher looks on; ends the process."""
    _, pipe = os.pipe()

    def tell(**facts: str) -> None:
        os.write(pipe, json.dumps(facts).encode())

    socket.send_fds(channel, [str(os.getpid()).encode()], [hand_over()])
    status = 0
    try:
        changes = {**CHANGES, **BUILDING, **CARELESS, **journal_changes.CHANGES, **backup_changes.CHANGES}
        changes[name](folder, lambda what: tell(done=what))
    except ChatbotError as error:
        tell(refused=str(error))
    except BaseException:  # noqa: BLE001  the test has to hear of whatever it is
        tell(fault=traceback.format_exc())
        status = 1
    os._exit(status)


def serve(channel: socket.socket, fork: Callable[[], int] = os.fork) -> None:
    """Until the other side hangs up."""
    while request := channel.recv(4096):
        asked = json.loads(request)
        child = fork()
        if child == 0:
            change(asked["change"], Path(asked["folder"]), channel)
        _, status = os.waitpid(child, 0)
        channel.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    packaged_tokens()
    serve(socket.socket(fileno=int(sys.argv[1])))
