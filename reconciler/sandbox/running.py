"""A tenant that accepts connections, as the one who started it sees it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SCIM_ROOT = "/scim/v2"


@dataclass(frozen=True, slots=True)
class Running:
    """`url` is the SCIM root. `tokens` are keyed admin, supervisor, manager, agent.

    Below `root` are the other doors. Used as a context, it stops at the end.
    """

    root: str
    port: int
    tokens: Mapping[str, str] = field(repr=False)
    close: Callable[[], None] = field(repr=False)

    @property
    def url(self) -> str:
        return self.root + SCIM_ROOT

    def stop(self) -> None:
        """Ends what is in flight and closes every socket and file. Twice is as good as once."""
        self.close()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
