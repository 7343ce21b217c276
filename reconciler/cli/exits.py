"""Exit codes, as the command line imports them."""

from reconciler.exits import Exit, of_error, worst

__all__ = ["Exit", "of_error", "worst"]
