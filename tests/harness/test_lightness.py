"""The worker is measured, so what it imports is a law."""

import subprocess
import sys


class TestGivenAWorker:
    """A worker."""

    def test_it_imports_the_standard_library_alone(self) -> None:
        """Nothing of the harness but itself, and nothing installed, before the engine."""
        program = (
            "import sys; before = set(sys.modules); import headrace_harness.worker; "
            "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
            "print(*sorted(new - set(sys.stdlib_module_names)))"
        )

        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )

        assert done.stdout.split() == ["headrace_harness"]
