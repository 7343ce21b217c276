"""What the author of a provider says of the stand-in server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.model import Resource


@dataclass(frozen=True, slots=True)
class Listing:
    """How the service lists people: what the suite has to know to spoil an answer.

    `path` is the path of the listing, without query. `entries` is the key of the answer below which
    the list is, with dots where it lies deeper; empty where the answer is the list. `total` is the
    key of the stated number of entries, `total_header` a header of that meaning; both are empty
    where the service states none. `keys` maps fields of an agent to the key of an entry, as far as
    an entry without the key says nothing about the field. `pages`: 25 people are more
    than one page.
    """

    path: str
    entries: str = ""
    total: str = ""
    total_header: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    pages: bool = True


@dataclass(frozen=True, slots=True)
class StandIn:
    """A server that behaves as the service does, with an empty store.

    `provider` is the name of the entry point. `tenant` is the tenant block without `name` and
    `provider`; `{url}` stands for the address under which the suite offers the server. `url` is its
    own address, None where the provider starts its tenant itself. `seed` puts resources into the
    empty store, and is called at most once; `snapshot` gives everything that is in it. Both speak
    of resources as a reading does, without any code of the provider. `environ` holds the variables
    that `tenant` names.

    `reads_by_post` are paths that only read although they are sent by POST, `token_paths` those
    that give tokens. `root` is the folder of `.reconciler/`, where it matters.
    """

    provider: str
    tenant: Mapping[str, Any]
    url: str | None
    seed: Callable[[Sequence[Resource]], None]
    snapshot: Callable[[], Sequence[Resource]]
    listing: Listing | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    reads_by_post: frozenset[str] = frozenset()
    token_paths: frozenset[str] = frozenset()
    root: Path | None = None
