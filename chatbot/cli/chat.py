"""The state of a terminal chat, and how it answers a question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from chatbot.bot import Chatbot
from chatbot.cli.answer import TurnView, ending
from chatbot.cli.approving import Approver
from chatbot.cli.attaching import Attachment, images, passages
from chatbot.cli.screen import Screen
from chatbot.comparison import Compared
from chatbot.errors import ChatbotError
from chatbot.events import TurnEvent
from chatbot.tools.execution import left_behind


@dataclass(slots=True)
class Chat:
    """A chatbot on a screen."""

    bot: Chatbot
    screen: Screen
    approver: Approver | None = None
    """Asks the person about calls of tools; None where nobody is there to be asked."""
    attached: list[Attachment] = field(default_factory=list)
    """Files that go with the next question."""
    prefill: str = ""
    """Text that stands in the input line when it opens next."""
    compared: list[Compared] = field(default_factory=list)
    """What the last `/compare` came to."""
    leaving: bool = False

    def ask(self, question: str) -> bool:
        """Answers `question` on the screen. Returns whether the answer came; a failure has been shown."""
        attached, self.attached = tuple(self.attached), []
        return self.draw(question, self.bot.stream(question, attached=passages(attached), images=images(attached)))

    def draw(self, question: str, events: Iterator[TurnEvent]) -> bool:
        """Shows a turn. Ctrl-C stops it; what was said is kept, and `/continue` goes on."""
        try:
            with closing(events):  # type: ignore[type-var]  # a generator, which an Iterator need not be
                answer = TurnView(self.screen, question, self.approver).draw(events)
        except KeyboardInterrupt:
            self.screen.line("\n[stopped; /continue goes on]", style="yellow")
            for name in left_behind():
                self.screen.line(f"[{name} cannot be stopped, and may still do what it was asked to]", style="yellow")
            return False
        except ChatbotError as error:
            self.screen.error(error)
            return False
        finally:
            if self.approver is not None:
                self.approver.give_up()
        if answer.finish != "complete":
            self.screen.line(f"[{ending(answer)}; /continue goes on]", style="yellow")
        return answer.finish == "complete"
