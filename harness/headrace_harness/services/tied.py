"""Becomes another program, which ends with whoever started this one: `tied.py SIGNAL USER COMMAND`.

Run by its path in an interpreter without packages. USER is a name, or `-` to stay who one is.
Only Linux can tie one process to another; elsewhere the program just starts.
"""

import contextlib
import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Change user, tie, and become the command."""
    number, user, *command = sys.argv[1:]
    parent = os.getppid()
    if user != "-":
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    # After the change of user, which would untie; and too late where the parent is gone already.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the caller's own command


if __name__ == "__main__":
    main()
