"""The SCIM protocol as the library has it, with the tenant's roles and three habits of its own.

A PUT that does not mention the phone kind or `active` leaves them as they are. A list is rendered
once, not validated a second time. A body has a limit whatever it is for.
"""

from http import HTTPStatus
from typing import Any

from scim2_models import (
    Context,
    ForbiddenException,
    ListResponse,
    PayloadTooLargeException,
    Resource,
    ResourceType,
    SearchRequest,
    UnauthorizedException,
)
from scim2_server.conditions import Conditions
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService
from scim2_server.storage import SearchPage

from reconciler.sandbox import access, limits
from reconciler.sandbox.facts import AGENT_URN, Actor

READ_ONLY_TYPES = frozenset({"LicensePool", "DirectoryEntry"})
READS = frozenset({Operation.query, Operation.search, Operation.search_with_body})


class TenantService(ScimService):
    """`ScimService` for the roles of `access`. The subject of a request is an `Actor`."""

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:
        if not isinstance(request.subject, Actor):
            raise UnauthorizedException
        reads = target.operation in READS
        if not access.may(request.subject.role, access.READ if reads else access.WRITE):
            verb = "see" if reads else "change"
            raise ForbiddenException(detail=f"{request.subject.role} may not {verb} licensing")
        if not reads and resource_type.name in READ_ONLY_TYPES:
            raise ForbiddenException(detail=f"{resource_type.name} is read-only")

    def max_body_size(self, request: ScimRequest) -> int | None:
        limit = super().max_body_size(request)
        return limits.BODY if limit is None else limit

    def read_body(
        self, model: type[Any], body: bytes, content_type: str | None, scim_ctx: Context
    ) -> Any:
        if len(body) > limits.BODY:
            raise PayloadTooLargeException(detail=f"a body is at most {limits.BODY} bytes")
        return super().read_body(model, body, content_type, scim_ctx)

    def apply_replacement(
        self, current: Resource[Any], replacement: Resource[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        _keep_unmentioned(current, replacement)
        return super().apply_replacement(current, replacement, conditions)

    def publish(self, base_url: str, resource: Resource[Any]) -> Resource[Any]:
        """Without the library's deep copy: the storage has made each resource for this answer."""
        if getattr(resource, "groups", None) or getattr(resource, "members", None):
            return super().publish(base_url, resource)
        assert resource.meta is not None
        assert resource.id is not None
        resource_type = self.get_resource_type_of(resource)
        resource.meta.location = self.resource_location(base_url, resource_type, resource.id)
        return resource

    def search_response(
        self,
        base_url: str,
        resource_types: list[ResourceType],
        page: SearchPage,
        search_request: SearchRequest[Any],
    ) -> ScimResponse:
        resources = [
            self.publish(base_url, resource).model_dump(
                scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search_request
            )
            for resource in page.resources
        ]
        body: dict[str, Any] = {
            "schemas": [str(ListResponse.__schema__)],
            "totalResults": page.total,
            "startIndex": search_request.start_index,
            "itemsPerPage": len(resources),
        }
        if resources:
            body["Resources"] = resources
        return ScimResponse(HTTPStatus.OK, body)


def _keep_unmentioned(current: Resource[Any], replacement: Resource[Any]) -> None:
    if getattr(replacement, "active", False) is None:
        replacement.active = current.active  # type: ignore[attr-defined]  # a User has it
    extension: Any = type(replacement).get_extension_models().get(AGENT_URN)
    if extension is None:
        return
    before, after = current[extension], replacement[extension]
    if before is not None and before.phone is not None and (after is None or after.phone is None):
        after = after or extension()
        after.phone = before.phone
        replacement[extension] = after
