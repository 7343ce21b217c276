"""Why the tenant says no. Every door turns these into its own words and status.

RefusedError            field, message
  InvalidError          the value itself is wrong
  ReadOnlyError         somebody else owns the field, or it is set once
  ConflictError         right in itself, but not with what the tenant holds now
    TakenError          another holder has this value
    NoSeatError         the license pool is used up
  MissingError          no such thing
  StaleError            it was changed since it was read
"""


class RefusedError(Exception):
    """`field` is the setting at fault (`extension`, `licenses`), for a message beside it."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidError(RefusedError):
    pass


class ReadOnlyError(RefusedError):
    pass


class ConflictError(RefusedError):
    pass


class TakenError(ConflictError):
    pass


class NoSeatError(ConflictError):
    pass


class MissingError(RefusedError):
    pass


class StaleError(RefusedError):
    pass
