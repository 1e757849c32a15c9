"""What the harness raises; a failed measurement is a result, never one of these."""

import signal


class HarnessError(Exception):
    """The harness itself cannot go on."""


class UsageError(HarnessError):
    """The command line asks for what does not exist."""


class ScenarioError(HarnessError):
    """A file under scenarios/ contradicts itself or names what is not there."""


class DataSetError(HarnessError):
    """A data set cannot be made, or is not what its hash says."""


class StoreError(HarnessError):
    """Records are missing, corrupt or of a newer version."""


class VerifyError(HarnessError):
    """The independent check could not be carried out."""


class OutputError(HarnessError):
    """What a job wrote cannot be fetched, checked or removed."""


class InterruptedRunError(BaseException):
    """SIGINT or SIGTERM; what was measured is kept.

    No failure, as `KeyboardInterrupt` is none: whoever goes on after a failure does not after this.
    """

    def __init__(self, number: int) -> None:
        """Carry the signal's number."""
        super().__init__(signal.Signals(number).name)
        self.number = number


class ServiceError(HarnessError):
    """A server that a cell needs does not start, or does not take its data."""
