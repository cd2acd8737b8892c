"""OpenAPI: a service's description becomes tools that ask the service.

`document` reads the description, `operation` says what can be asked for, `request` makes a request of arguments, and
`exchange` sends it, within limits.
"""
