"""What a provider is made of: the one module to import for a provider outside this repository.

A distribution registers an entry point in the group `reconciler.providers`; its name is what
`provider:` says in the tenant block, and it leads to a `ProviderType`. Everything that is named in
`__all__` is kept stable. `docs/writing-a-provider.md` explains it, `reconciler.testing` tries it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import (
    CannotTellError,
    ConflictError,
    ImplausibleError,
    LostAnswerError,
    PreconditionFailedError,
    ReconcilerError,
    RefusedError,
    RequestError,
    SetupError,
    UnreachableError,
    WriteForbiddenError,
)
from reconciler.kinds import address, agent_address, flat, name_of, split_path
from reconciler.model import (
    NO_LEVEL,
    Capabilities,
    FieldValue,
    Handle,
    License,
    LicensePool,
    Operation,
    Provider,
    Reader,
    Reading,
    Resource,
    Tenant,
    Value,
    Verb,
    Writer,
)
from reconciler.providers.answers import Answer, of_read

if TYPE_CHECKING:
    from reconciler.providers.rate_limiter import RateLimiter
    from reconciler.providers.transport import Transport

__all__ = [
    "NO_LEVEL",
    "Answer",
    "CannotTellError",
    "Capabilities",
    "ConflictError",
    "Connection",
    "FieldValue",
    "Handle",
    "ImplausibleError",
    "LostAnswerError",
    "Operation",
    "PreconditionFailedError",
    "Provider",
    "ProviderType",
    "Reader",
    "Reading",
    "ReconcilerError",
    "RefusedError",
    "RequestError",
    "Resource",
    "SetupError",
    "Tenant",
    "UnreachableError",
    "Value",
    "Verb",
    "WriteForbiddenError",
    "Writer",
    "address",
    "agent_address",
    "differing",
    "members",
    "merged",
    "name_of",
    "split_path",
]


@dataclass(frozen=True, slots=True)
class Connection:
    """What a provider is opened with.

    `options` holds the provider's own keys of the tenant block, typed by its schema. `environ` are
    the variables and `root` the folder that holds `.reconciler/`. `pools` is what the files say of
    license pools. A provider that is opened with `read_only` must have no way to write.
    """

    tenant: Tenant
    environ: Mapping[str, str]
    root: Path
    read_only: bool
    limiter: "RateLimiter"
    pools: Mapping[License, LicensePool] = field(default_factory=dict)

    @property
    def options(self) -> Mapping[str, Any]:
        return self.tenant.options

    def transport(
        self,
        *,
        media: str = "application/json",
        token_header: str = "Authorization",  # the name of a header
        judge: Callable[[Answer, str], Answer] = of_read,
        reads_by_post: frozenset[str] = frozenset(),
        token_key: str = "token_url",
    ) -> "Transport":
        """HTTP below the tenant's `url:`, with the token of `token_env:` or `token_url:`.

        It refuses every method that writes where the connection is read-only; `reads_by_post` are
        the exact paths that only read although they are sent by POST. In another `token_header`
        than `Authorization` the token stands alone, without `Bearer`. `token_key` is the key of the
        tenant block that names the login host, for messages. `judge` tells what the answer
        of a read means. Raises `SetupError`, before anything is opened, where the address or the
        token may not be used.
        """
        from reconciler import scrubber
        from reconciler.providers import address as addresses
        from reconciler.providers.transport import Transport

        tenant, environ = self.tenant, self.environ
        url = addresses.root(tenant, environ)
        ca_file = str(self.root / tenant.ca_file) if tenant.ca_file else None
        if tenant.token_url and tenant.token_env:
            raise SetupError(
                "the tenant has a token_env and a token_url", hint="remove one of the two lines"
            )
        if tenant.token_url:
            from reconciler.providers import oauth

            names = (tenant.client_id_env, tenant.client_secret_env)
            token: Any = oauth.credentials(
                tenant.token_url, *names, environ, ca_file=ca_file, key=token_key
            )
        else:
            token = addresses.token(tenant, environ)
        return Transport(
            url,
            token,
            read_only=self.read_only,
            ca_file=ca_file,
            limiter=self.limiter,
            media=media,
            token_header=token_header,
            judge=judge,
            reads_by_post=reads_by_post,
            secrets=scrubber.secrets(environ),
        )

    def with_tenant(self, **changes: Any) -> "Connection":
        """The same connection with other values in the tenant block."""
        return replace(self, tenant=replace(self.tenant, **changes))


@dataclass(frozen=True, slots=True)
class ProviderType:
    """What an entry point of the group `reconciler.providers` leads to.

    `open` makes a provider for one tenant; it raises `SetupError` for what is wrong on this side,
    `CannotTellError` for the tenant's. `tenant_schema` is a JSON Schema (2020-12) of the tenant
    block: `properties` are the provider's own keys, and `required` and the like may name any key.
    `levels` are as in `Capabilities`, and known without a tenant. `interval` is the least number of
    seconds between two requests where the files state none.
    """

    open: Callable[[Connection], Provider]
    tenant_schema: Mapping[str, Any] = field(default_factory=dict)
    levels: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    interval: float = 0.0


def merged(operations: Sequence[Operation]) -> dict[str, Value]:
    """The values of operations on one object by path; later ones win."""
    values: dict[str, Value] = {}
    for operation in operations:
        values |= operation.set
    return values


def members(values: Mapping[str, Value], collection: str) -> dict[str, Value]:
    """The part of `values` that is about one collection, by name of the member: for `queues`,
    `{"support": 8, "sales": None}`. None takes the member away, True has no level.
    """
    parts = ((split_path(path), value) for path, value in values.items())
    return {name: value for (field, name), value in parts if name and field == collection}


def differing(fields: Mapping[str, FieldValue], values: Mapping[str, Value]) -> list[str]:
    """The paths whose value is not yet as `values` say in these fields of a resource."""
    shown = dict(flat(fields))
    return [path for path, value in values.items() if not _holds(path, shown.get(path), value)]


def _holds(path: str, shown: Value, value: Value) -> bool:
    """A membership that is to have no stated level fits whatever level it has."""
    is_any_level = value is True and split_path(path)[1] is not None
    return shown is not None if is_any_level else shown == value
