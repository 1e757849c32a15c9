"""The images of servers and connectors, made on this machine where no registry is reachable.

Modules:
    names: The images that the harness asks for, as testcontainers and job files name them.
"""
