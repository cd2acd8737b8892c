"""Every error a user of the program or the library can meet, in one tree, cut by who must act.

    ChatbotError                    root: catch this one
    ├── UsageError                  the caller: a wrong option, argument or question
    │   └── NotFoundError           a name that does not exist (with the nearest that does)
    ├── ProjectError                the workspace's files: settings, prompts
    │   └── PromptError             a prompt file that cannot be read or rendered
    ├── KnowledgeError              documents and their index
    │   └── EmbedderMismatch        the index was built by another embedder
    ├── ModelError                  the model service
    │   ├── ModelUnreachable        no answer at all: down, refused, timed out
    │   │   └── ModelDown           the reply was lost as the service went down, and can be asked for again
    │   │       └── ModelLost       it is waited for no longer: it stays down, or lets nobody in
    │   ├── ModelRefused            the service says no: key, permission, quota, unknown model
    │   │   ├── AccessRefused       to this and to every other request: the key, or the quota
    │   │   ├── ImagesRefused       to pictures: the model cannot see
    │   │   └── PlainHttpRefused    by us: prompt and key would cross a network in clear
    │   ├── ContextOverflow         the request is longer than the model can read
    │   ├── CheckpointError         files that are no model, or not one that can be loaded
    │   ├── ModelTooLarge           the model, or what it is asked, needs more memory than there is
    │   └── ModelProtocolError      an answer that is not what the protocol promises
    ├── ToolError                   a tool: failure, limit
    │   └── ToolArgumentError       what a tool was called with, and which parameter is wrong
    ├── LimitReached                a bound the user set: time, money, tokens
    │   └── BudgetSpent             the next request would pass it
    │       └── OutOfTime           its time ended while a request was under way
    └── JournalError                the store of conversations

A message says what happened and where; `hint` says what to do next. Neither holds a key or a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self


class ChatbotError(Exception):
    """Root of all errors that are meant for people.

    `hint` is the next step in a few words, or empty. `exit_code` is what the program exits with:
    1 for a failure of the outside world, 2 for something the caller must change.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(ChatbotError, ValueError):
    """The caller asked for something that makes no sense."""

    exit_code = 2


class NotFoundError(UsageError):
    """A name that does not exist; the hint carries the nearest one that does."""


class ProjectError(ChatbotError):
    """A file of the workspace is missing, unreadable or wrong."""

    exit_code = 2


class PromptError(ProjectError):
    """A prompt file cannot be read, or cannot be rendered with these inputs."""


class KnowledgeError(ChatbotError):
    """Documents or their index cannot be read or written."""


class EmbedderMismatch(KnowledgeError):
    """The index was built by another embedder than the one that would search it."""

    exit_code = 2


class ModelError(ChatbotError):
    """The model service failed.

    `retryable` says whether the same request may succeed later, `billed` whether the service may charge for it, and
    `request_id` what the service calls the request, where it has said so.
    """

    retryable = False
    billed = False
    request_id = ""

    def of_request(self, request_id: str) -> Self:
        """The same error, with the service's name for the request at the end of its message; the first one holds."""
        if request_id and not self.request_id:
            self.request_id = request_id
            self.message = f"{self.message} [request {request_id}]"
        return self


class ModelUnreachable(ModelError):
    """No answer: nothing listens there, the connection broke, or the time was up."""

    retryable = True
    billed = True


class ModelDown(ModelUnreachable):
    """The reply was lost as the service went down. Only those who wait for it are told so: they may ask again."""


class ModelLost(ModelDown):
    """A caller who waits gives the service up: it stays down, or refuses whatever is asked."""

    retryable = False
    billed = False


class ModelRefused(ModelError):
    """The service answered no: wrong key, no permission, no quota, unknown model, bad request."""


class AccessRefused(ModelRefused):
    """The service refuses whatever is asked: the key is wrong, or the quota is used up."""


class ToolsRefused(ModelRefused):
    """The service takes no tools with a request; the model may still call them in its text."""


class ImagesRefused(ModelRefused):
    """The model, as it is served, cannot see pictures."""

    exit_code = 2


class PlainHttpRefused(ModelRefused):
    """Prompt and key would cross a network in clear, and the user has not allowed it. Nothing was sent."""

    exit_code = 2


class ContextOverflow(ModelError):
    """The request is longer than the model's context."""


class CheckpointError(ModelError):
    """What lies at a path, or under a name of the hub, is no model, or not one that can be loaded."""

    exit_code = 2


class ModelTooLarge(ModelError):
    """The model, or what it is asked, needs more memory than the device has free."""


class ModelProtocolError(ModelError):
    """The service answered with something the protocol does not allow."""

    billed = True


class ToolError(ChatbotError):
    """A tool was called wrongly or failed; shown to the model as the call's result."""


class ToolArgumentError(ToolError):
    """A tool was called with arguments that do not fit.

    `parameter` is the dotted path of the first wrong one ("order.items.0"), or empty where the arguments as a whole are
    wrong; the message names all.
    """

    def __init__(self, message: str, *, parameter: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.parameter = parameter


class LimitReached(ChatbotError):
    """A bound that the user set on time, tokens or money was reached.

    `text` is what had been said of the answer by then, or empty; the conversation keeps it, marked as interrupted.
    """

    def __init__(self, message: str, *, hint: str = "", text: str = "") -> None:
        super().__init__(message, hint=hint)
        self.text = text


class BudgetSpent(LimitReached):
    """The next request is over the budget. A strategy that has something by then returns it, marked."""


OUT_OF_TIME = "the time that a turn may take is over"


class OutOfTime(BudgetSpent):
    """The budget's time ended while a request was under way; its connection is closed, and it may have to be paid."""


class JournalError(ChatbotError):
    """The store of conversations cannot be read or written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest known name, or lists what is known (at most eight names)."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return "there are none yet"
    more = ", …" if len(names) > 8 else ""
    return "known: " + ", ".join(names[:8]) + more
