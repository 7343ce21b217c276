"""The SCIM endpoints as a WSGI application: bearer tokens in, one actor for each request."""

from collections.abc import Mapping
from typing import Any

from scim2_models import ForbiddenException, ScimProvider, UnauthorizedException
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from reconciler.sandbox import access
from reconciler.sandbox.database import Database
from reconciler.sandbox.facts import Actor
from reconciler.sandbox.scim import models
from reconciler.sandbox.scim.service import TenantService
from reconciler.sandbox.scim.storage import TenantStorage

DOOR = "scim"


class TenantApplication(WSGIApplication):
    """`scim2-server`'s own application over the tenant, for the holders of `tokens`."""

    def __init__(self, storage: TenantStorage, provider: ScimProvider, tokens: Mapping[str, str]):
        super().__init__(storage, provider, TenantService(provider))
        self._tenant = storage
        self._tokens = tokens

    def check_auth(self, request: ScimRequest) -> None:
        """Whoever may not see licensing sees nothing here, schemas and resource types included."""
        subject = self.get_subject(request)
        if subject is None:
            raise UnauthorizedException
        if not access.may(subject.role, access.READ):
            raise ForbiddenException(detail=f"{subject.role} may not see licensing")

    def get_subject(self, request: ScimRequest) -> Actor | None:
        return access.bearer(request.header("Authorization"), self._tokens, DOOR)

    def dispatch_request(self, request: ScimRequest) -> ScimResponse:
        writer = self.get_subject(request) if is_write(request.method, request.path) else None
        with self._tenant.written_by(writer):
            return super().dispatch_request(request)


def application(database: Database, tokens: Mapping[str, str], *, core: bool) -> Any:
    """The endpoints of the tenant; `core` announces User and Group only."""
    provider = models.core() if core else models.full()
    return TenantApplication(TenantStorage(database, provider, core=core), provider, tokens)


def is_write(method: str, path: str) -> bool:
    """A search may come as a POST."""
    return method.upper() != "GET" and not path.rstrip("/").endswith("/.search")
