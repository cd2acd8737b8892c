"""The way to a model service: its address, the connection, how fast it is asked, what is sent again, what a no means.

Whoever sends something to a model endpoint does it through here: chats, embeddings, lists of models.
"""
