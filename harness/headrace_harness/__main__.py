"""`python -m headrace_harness`: `bench` without the engine's command line."""

import sys

from headrace_harness.cli import main

if __name__ == "__main__":
    sys.exit(main())
