"""Chats in the workspace it is started in, printing every piece of text the moment it is shown. Made to be killed."""

import sys

from chatbot import Chatbot
from chatbot.events import TextDelta
from chatbot.models import Scripted

WORDS = " ".join(f"word{number}" for number in range(400))

bot = Chatbot(Scripted(*[WORDS] * 100, delay=0.002), knowledge=None)
for turn in range(100):
    print(f"\nturn {turn}", flush=True)
    for event in bot.stream(f"question {turn}"):
        if isinstance(event, TextDelta):
            sys.stdout.write(event.text)
            sys.stdout.flush()
