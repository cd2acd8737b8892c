"""Serve several users from one chatbot on an event loop: each has a conversation, and answers stream.

python examples/stream_in_an_app.py
"""

import asyncio

from chatbot import Chatbot
from chatbot.events import Done, TextDelta

QUESTIONS = {"ada": "What is beam search?", "grace": "How much memory does a 7B model need?"}


async def serve(bot: Chatbot, user: str, question: str) -> None:
    said = ""
    async for event in bot.conversation().astream(question):
        if isinstance(event, TextDelta):
            said += event.text
        elif isinstance(event, Done):
            places = ", ".join(citation.place for citation in event.answer.citations)
            print(f"{user}: {said.strip()}\n    sources: {places}")


async def main() -> None:
    bot = Chatbot("extractive", durable=False)
    await asyncio.gather(*(serve(bot, user, question) for user, question in QUESTIONS.items()))


asyncio.run(main())
