"""Becomes another program, which ends with whoever started it: `tied.py PID SIGNAL USER COMMAND`.

Run by its path in an interpreter without packages. PID is of the starter, USER a name, or `-` to
stay who one is. Only Linux can tie one process to another; elsewhere the program just starts.
It is the thread that started it that counts: a server is started by one that lives as long.
"""

import contextlib
import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Change user, tie, and become the command."""
    parent, number, user, *command = sys.argv[1:]
    if user != "-":
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    # After the change of user, which would untie; and too late where the parent is gone already.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the caller's own command


def tied(command: list[str], *, number: int, user: str = "-") -> list[str]:
    """The command line that starts a command tied to this process.

    Args:
        command: The command.
        number: Of the signal that ends it.
        user: Who runs it.
    """
    start = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(number)), user]
    return [*start, *command]


if __name__ == "__main__":
    main()
