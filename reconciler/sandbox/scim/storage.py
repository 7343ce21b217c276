"""The storage that `scim2-server` asks: SCIM resources in and out of the tenant's transactions.

Every operation is one transaction. A write begins as a write, so what it read is still so when it
is stored. Refusals of the tenant become SCIM errors here, and nowhere else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from scim2_models import (
    ConflictException,
    InvalidValueException,
    MutabilityException,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    ScimFilter,
    ScimProvider,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import AttrPath, CompareOperator, Comparison, LogicalExpr, LogicalOperator
from scim2_server.storage import ScimStorage, SearchPage

from reconciler.sandbox.database import Database, Transaction
from reconciler.sandbox.facts import Actor
from reconciler.sandbox.refusals import (
    ConflictError,
    InvalidError,
    MissingError,
    ReadOnlyError,
    RefusedError,
    StaleError,
    TakenError,
)
from reconciler.sandbox.scim.documents import version_number
from reconciler.sandbox.scim.kinds import Condition, Document, Kind, kinds
from reconciler.sandbox.scim.models import CORE_URN

Model = type[Resource[Any]]

_EXCEPTIONS: tuple[tuple[type[RefusedError], type[SCIMException]], ...] = (
    (TakenError, UniquenessException),
    (ConflictError, ConflictException),
    (ReadOnlyError, MutabilityException),
    (MissingError, NotFoundException),
    (StaleError, PreconditionFailedException),
    (InvalidError, InvalidValueException),
)
_OWN_SCHEMAS = tuple(f"{CORE_URN}{name}:".lower() for name in ("Queue", "Skill", "LicensePool"))
_CORE_SCHEMAS = ("urn:ietf:params:scim:schemas:core:2.0:user:", *_OWN_SCHEMAS)
_SYSTEM = Actor("system", "admin", "scim")


class TenantStorage(ScimStorage):
    """The tenant as resources of `provider`."""

    def __init__(self, database: Database, provider: ScimProvider, *, core: bool = False) -> None:
        self._database = database
        self._provider = provider
        self._kinds = kinds(core=core)
        self._transaction: ContextVar[Transaction | None] = ContextVar("open", default=None)
        self._writer: ContextVar[Actor | None] = ContextVar("writer", default=None)

    @contextmanager
    def written_by(self, actor: Actor | None) -> Iterator[None]:
        """Within the block, operations of this thread write as this actor; None only reads."""
        token = self._writer.set(actor)
        try:
            yield
        finally:
            self._writer.reset(token)

    @contextmanager
    def operation(self) -> Iterator[None]:
        """One transaction for all that a request, or one step of a bulk request, asks for."""
        actor = self._writer.get()
        opened = self._database.read() if actor is None else self._database.write(actor)
        with _as_scim(), opened as transaction:
            token = self._transaction.set(transaction)
            try:
                yield
            finally:
                self._transaction.reset(token)

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        with self._reading() as transaction:
            return self._stored(transaction, resource_type, resource_id)

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        with self._reading() as transaction:
            if search_request.filter is None and search_request.sort_by is None:
                return self._slice(transaction, resource_types, search_request)
            return self._matching(transaction, resource_types, search_request)

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        with self._writing() as transaction:
            kind = self._writable(resource_type)
            assert kind.add is not None
            id_ = kind.add(transaction, resource.model_dump())
            return self._stored(transaction, resource_type, id_)

    def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        with self._writing() as transaction:
            kind = self._writable(resource_type)
            assert kind.change is not None
            assert resource.id is not None
            expected = version_number(expected_version)
            kind.change(transaction, resource.id, resource.model_dump(), expected)
            return self._stored(transaction, resource_type, resource.id)

    def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        with self._writing() as transaction:
            kind = self._writable(resource_type)
            assert kind.remove is not None
            kind.remove(transaction, resource_id, version_number(expected_version))

    @contextmanager
    def _reading(self) -> Iterator[Transaction]:
        transaction = self._transaction.get()
        if transaction is not None:
            yield transaction
            return
        with _as_scim(), self._database.read() as opened:
            yield opened

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        transaction = self._transaction.get()
        if transaction is not None:
            with _as_scim():
                yield transaction
            return
        with _as_scim(), self._database.write(self._writer.get() or _SYSTEM) as opened:
            yield opened

    def _writable(self, resource_type: ResourceType) -> Kind:
        kind = self._kind(resource_type)
        if kind.add is None:
            raise MutabilityException(detail=f"{resource_type.name} is read-only")
        return kind

    def _kind(self, resource_type: ResourceType) -> Kind:
        return self._kinds[str(resource_type.name)]

    def _model(self, resource_type: ResourceType) -> Model:
        model: Any = self._provider.model_for(resource_type)
        return model  # type: ignore[no-any-return]  # the library types it as any described model

    def _stored(
        self, transaction: Transaction, resource_type: ResourceType, id_: str
    ) -> Resource[Any]:
        kind = self._kind(resource_type)
        found = kind.page(transaction, [kind.by_id(id_)], 0, 1)
        if not found:
            raise NotFoundException(detail=f"{resource_type.name} {id_!r} not found")
        return _resource(self._model(resource_type), found[0])

    def _slice(
        self,
        transaction: Transaction,
        resource_types: Sequence[ResourceType],
        search_request: SearchRequest[Any],
    ) -> SearchPage:
        """A page of everything: only that page is read."""
        offset, limit = search_request.start_index_0 or 0, search_request.count
        total = 0
        resources: list[Resource[Any]] = []
        for resource_type in resource_types:
            kind, model = self._kind(resource_type), self._model(resource_type)
            here = kind.count(transaction, [])
            left = None if limit is None else limit - len(resources)
            if left != 0 and offset < total + here:
                found = kind.page(transaction, [], max(0, offset - total), left)
                resources += [_resource(model, document) for document in found]
            total += here
        return SearchPage(total, resources)

    def _matching(
        self,
        transaction: Transaction,
        resource_types: Sequence[ResourceType],
        search_request: SearchRequest[Any],
    ) -> SearchPage:
        """What the filter of the library keeps, among those that an index found if one could."""
        found: list[Resource[Any]] = []
        for resource_type in resource_types:
            kind, model = self._kind(resource_type), self._model(resource_type)
            where = _conditions(kind, search_request.filter)
            resources = [_resource(model, item) for item in kind.page(transaction, where, 0, None)]
            found += _filtered(model, resources, search_request.filter)
        found = search_request.sort(found)
        start = search_request.start_index_0 or 0
        stop = None if search_request.count is None else start + search_request.count
        return SearchPage(len(found), found[start:stop])


def _filtered(
    model: Model, resources: list[Resource[Any]], scim_filter: ScimFilter[Any] | None
) -> list[Resource[Any]]:
    if scim_filter is None:
        return resources
    bound: ScimFilter[Any] = ScimFilter[model](str(scim_filter))  # type: ignore[valid-type]  # a model known at run time only
    return [resource for resource in resources if bound.match(resource)]


def _conditions(kind: Kind, scim_filter: ScimFilter[Any] | None) -> list[Condition]:
    """Conditions that every match meets, as far as an index can tell."""
    if scim_filter is None:
        return []
    node = scim_filter.ast
    terms = (
        node.terms if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_ else (node,)
    )
    return [
        kind.indexed[name](term.value)
        for term in terms
        if isinstance(term, Comparison)
        and term.op == CompareOperator.eq
        and isinstance(term.value, str)
        and (name := _attribute(term.attr_path)) in kind.indexed
    ]


def _attribute(path: AttrPath) -> str:
    """As the rows of `kinds` name it: lower case, a core attribute without its schema."""
    name = str(path).lower()
    core = next((urn for urn in _CORE_SCHEMAS if name.startswith(urn)), "")
    return name.removeprefix(core)


def _resource(model: Model, document: Document) -> Resource[Any]:
    return model.model_validate(_with_schemas(model, document))


def _with_schemas(model: Model, document: Document) -> dict[str, Any]:
    extensions = [str(urn) for urn in model.get_extension_models() if str(urn) in document]
    return {**document, "schemas": [str(model.__schema__), *extensions]}


@contextmanager
def _as_scim() -> Iterator[None]:
    try:
        yield
    except RefusedError as error:
        for refused, exception in _EXCEPTIONS:
            if isinstance(error, refused):
                raise exception(detail=error.message) from error
        raise
