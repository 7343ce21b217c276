"""Exit codes, as the command line imports them."""

from reconciler.exits import MEANING, Exit, of_error, worst

__all__ = ["MEANING", "Exit", "of_error", "worst"]
