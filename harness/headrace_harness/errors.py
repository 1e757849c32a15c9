"""What the harness raises; a failed measurement is a result, never one of these."""


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


class ServiceError(HarnessError):
    """A server that a cell needs does not start, or does not take its data."""
