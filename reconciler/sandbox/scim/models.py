"""What the service announces: the agent extension, the resource types and the capabilities.

`full()` is the tenant; `core()` announces User and Group and nothing else, as a platform without
our extension does.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar, Union

from pydantic import Field, create_model
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    EnterpriseUser,
    ETag,
    Extension,
    External,
    Filter,
    Group,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
    User,
)
from scim2_models.attributes import ExtensibleStringEnum

from reconciler.sandbox import limits
from reconciler.sandbox.facts import AGENT_SETTINGS, AGENT_URN, TARGET_SETTINGS, Setting

CORE_URN = "urn:ietf:params:scim:schemas:ccaas:2.0:"
MAX_RESULTS = 1000
MAX_OPERATIONS = 1000

Model = TypeVar("Model", Extension, Resource[Any])

ReadOnlyText = Annotated[str | None, Mutability.read_only]
ReadOnlyNumber = Annotated[int | None, Mutability.read_only]
ReadOnlyFlag = Annotated[bool | None, Mutability.read_only]


class Membership(ComplexAttribute):
    value: Annotated[str | None, Required.true, CaseExact.true] = None
    """The name of the queue or skill."""

    level: int | None = None
    """1 to 10; without one the agent is a member without a stated level."""


class AgentExtension(Extension):
    """Contact-center settings of a user."""

    __schema__ = URN(AGENT_URN)

    queues: list[Membership] | None = None
    """The queues that the agent is in."""

    skills: list[Membership] | None = None
    """The skills that the agent has."""

    presence: ReadOnlyText = None
    """`ready`, `on_call`, `do_not_disturb` or `offline`."""

    can_sign_in: ReadOnlyFlag = None
    """Whether the agent may log in to the agent client."""

    uses_softphone: ReadOnlyFlag = None
    """Whether calls are handled on the softphone of the agent client."""

    receives_queue_calls: ReadOnlyFlag = None
    """Whether calls of any queue or skill may reach the agent."""

    in_realtime_reporting: ReadOnlyFlag = None
    """Whether the agent appears in real-time reporting."""


class Queue(Resource[Any]):
    __schema__ = URN(CORE_URN + "Queue")


class Skill(Resource[Any]):
    __schema__ = URN(CORE_URN + "Skill")


class LicensePool(Resource[Any]):
    __schema__ = URN(CORE_URN + "LicensePool")

    name: ReadOnlyText = None
    """The license."""

    purchased: ReadOnlyNumber = None
    """How many seats the tenant has purchased."""

    assigned: ReadOnlyNumber = None
    """How many of them agents hold."""

    requires: ReadOnlyText = None
    """The license that an agent must also hold."""


class DirectoryEntry(Resource[Any]):
    __schema__ = URN(CORE_URN + "DirectoryEntry")

    name: ReadOnlyText = None
    """The name in the UC directory."""

    email: ReadOnlyText = None
    """The e-mail address in the UC directory."""

    extension: ReadOnlyText = None
    """The extension on the UC platform."""

    type: ReadOnlyText = None
    """`user` or `group`."""


EXTENSIONS: Mapping[str, type[Extension]] = {
    AGENT_URN: AgentExtension,
    str(EnterpriseUser.__schema__): EnterpriseUser,
}
"""The extensions that a setting may stand in."""


def full() -> ScimProvider:
    """The tenant's own service."""
    extensions = [
        _with_settings(model, (s for s in AGENT_SETTINGS if s.urn == urn))
        for urn, model in EXTENSIONS.items()
        if any(setting.urn == urn for setting in AGENT_SETTINGS)
    ]
    user: Any = User.__class_getitem__(Union[tuple(extensions)])  # noqa: UP007
    queue, skill = _with_settings(Queue, TARGET_SETTINGS), _with_settings(Skill, TARGET_SETTINGS)
    return ScimProvider(
        models=[User, *extensions, Group, queue, skill, LicensePool, DirectoryEntry],
        resource_types=[
            ResourceType.from_resource(user),
            ResourceType.from_resource(Group),
            _type(queue, "/Queues", "A queue: where calls wait for agents"),
            _type(skill, "/Skills", "A skill: what agents are chosen by"),
            _type(LicensePool, "/LicensePools", "The seats of one license; read-only"),
            _type(DirectoryEntry, "/DirectoryEntries", "The UC directory; read-only"),
        ],
        config=_config(),
    )


def core() -> ScimProvider:
    """A service that has never heard of contact centers."""
    return ScimProvider(models=[User, Group], config=_config())


def _with_settings(model: type[Model], settings: Iterable[Setting]) -> type[Model]:
    """The model with an attribute for each setting that it does not have yet."""
    attributes: dict[str, Any] = {
        setting.name: (_annotation(setting), Field(default=None, description=setting.description))
        for setting in settings
        if setting.name not in model.model_fields
    }
    name = model.__name__.removesuffix("Extension")
    return create_model(name, __base__=model, __doc__=model.__doc__, **attributes)


def _annotation(setting: Setting) -> Any:
    if setting.choices:
        name = setting.name.title().replace("_", "")
        make_enum: Any = ExtensibleStringEnum
        return make_enum(name, {word: word for word in setting.choices}) | None
    marks: list[Any] = [Required.true] if setting.is_stored else []
    if setting.is_number or setting.is_stored:
        marks += [Uniqueness.server, CaseExact.true]
    return Annotated[(setting.type | None, *marks)] if marks else setting.type | None


def _type(model: type[Resource[Any]], endpoint: str, description: str) -> ResourceType:
    resource_type = ResourceType.from_resource(model)
    resource_type.endpoint = Reference(endpoint)
    resource_type.description = description
    return resource_type


def _config() -> ServiceProviderConfig:
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MAX_OPERATIONS, max_payload_size=limits.BODY // 2),
        filter=Filter(supported=True, max_results=MAX_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="The token of a role, as a bearer token",
                spec_uri=Reference[External]("https://www.rfc-editor.org/rfc/rfc6750"),
            )
        ],
    )
