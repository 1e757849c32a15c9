"""Memory, noise and the life of a measured process.

Modules:
    container: What the kernel says of the memory of a container.
    cores: Which cores a measured process has, and which all else has.
    launch: Starts a worker, watches it, ends it, and says how it ended.
    memory: What the kernel says of a process's memory, and of its children's.
    pages: The page cache as it is after a boot.
    noise: What else the machine did meanwhile.
"""
