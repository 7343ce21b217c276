"""Why a tenant does not start: the person who starts it can do something about each of these."""


class StartError(Exception):
    """The message says what is wrong, in the words of the options of `start` and `serve`."""


class SeedError(StartError):
    """A seed that cannot be found or read, or that breaks a rule of the tenant."""


class FaultsError(StartError):
    """A fault that the tenant does not know, or a value that it cannot take."""
