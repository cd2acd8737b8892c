"""Jinja as models' chat templates use it, without Python behind it: each step counted, each text traced to its writer.

Jinja's own parser reads a template; what its tree means is said here, node by node. A template sees texts, numbers,
lists, tables, macros and namespaces, and no Python object, so there is nothing to break out of. `chat_template` is the
way in.
"""
