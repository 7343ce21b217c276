"""Nobody loses a license, a queue, the number or sign-in in the middle of a call."""

from collections.abc import Mapping

from reconciler import kinds
from reconciler.model import Address, Handle, Operation, Verb, Writer

ON_CALL = "on_call"


class Calls:
    """Presence, looked up once for each agent of a batch."""

    def __init__(self, writer: Writer, known: Mapping[Address, Handle]) -> None:
        self._writer, self._known = writer, known
        self._seen: dict[Address, str | None] = {}

    def hold_back(self, operation: Operation) -> bool:
        """Raises what the writer raises where presence cannot be read."""
        handle = self._known.get(operation.address)
        if handle is None or not takes_away(operation):
            return False
        if operation.address not in self._seen:
            self._seen[operation.address] = self._writer.presence(handle)
        return self._seen[operation.address] == ON_CALL


def takes_away(operation: Operation) -> bool:
    """Whether an agent loses sign-in, a license, a membership or the number."""
    if operation.kind != kinds.AGENT or operation.verb is Verb.CREATE:
        return False
    return operation.verb is Verb.DELETE or any(
        (value is None and kinds.split_path(path)[0] in kinds.COLLECTIONS)
        or path == "extension"
        or (path == "active" and value is False)
        for path, value in operation.set.items()
    )
