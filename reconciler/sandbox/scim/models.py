"""What the service announces: the agent extension, the resource types and the capabilities.

`full()` is the tenant; `core()` announces User and Group and nothing else, as a platform without
our extension does.
"""

from typing import Annotated, Any

from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
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

AGENT_URN = "urn:ietf:params:scim:schemas:extension:ccaas:2.0:Agent"
CORE_URN = "urn:ietf:params:scim:schemas:ccaas:2.0:"
MAX_RESULTS = 1000
MAX_OPERATIONS = 1000

ReadOnlyText = Annotated[str | None, Mutability.read_only]
ReadOnlyNumber = Annotated[int | None, Mutability.read_only]
ReadOnlyFlag = Annotated[bool | None, Mutability.read_only]


class Phone(ExtensibleStringEnum):
    webrtc = "webrtc"
    uc = "uc"


class RecordingMode(ExtensibleStringEnum):
    automatic = "automatic"
    automatic_pausing_prohibited = "automatic_pausing_prohibited"
    manual = "manual"
    disabled = "disabled"


class Routing(ExtensibleStringEnum):
    most_idle = "most_idle"
    circular = "circular"
    linear = "linear"
    intelligent_highest_skill_first = "intelligent_highest_skill_first"
    no_routing = "no_routing"


class Membership(ComplexAttribute):
    value: Annotated[str | None, Required.true, CaseExact.true] = None
    """The name of the queue or skill."""

    level: int | None = None
    """1 to 10; without one the agent is a member without a stated level."""


class Agent(Extension):
    """Contact-center settings of a user."""

    __schema__ = URN(AGENT_URN)

    extension: Annotated[str | None, Uniqueness.server, CaseExact.true] = None
    """The agent's extension: digits, leading zeros count."""

    phone: Phone | None = None
    """`webrtc` for an agent made here, `uc` for one of the UC directory. Set once."""

    no_answer_destination: str | None = None
    """Where a call goes that the agent does not answer."""

    recording_mode: RecordingMode | None = None
    """Whether calls are recorded, and whether the agent has recording controls."""

    review_own_recordings: bool | None = None
    """Whether the agent may review the recordings of their own calls."""

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

    name: Annotated[str | None, Required.true, Uniqueness.server, CaseExact.true] = None
    """The name, shared with no other queue or skill."""

    extension: Annotated[str | None, Uniqueness.server, CaseExact.true] = None
    """The extension under which the queue is dialled."""

    priority: int | None = None
    """0 (lowest) to 10 (highest)."""

    routing: Routing | None = None
    """How the next agent is chosen."""

    default_level: int | None = None
    """The level of a member for whom none is stated, 1 to 10."""


class Skill(Resource[Any]):
    __schema__ = URN(CORE_URN + "Skill")

    name: Annotated[str | None, Required.true, Uniqueness.server, CaseExact.true] = None
    """The name, shared with no other queue or skill."""

    extension: Annotated[str | None, Uniqueness.server, CaseExact.true] = None
    """The extension under which the skill is dialled."""

    priority: int | None = None
    """0 (lowest) to 10 (highest)."""

    routing: Routing | None = None
    """How the next agent is chosen."""

    default_level: int | None = None
    """The level of an agent for whom none is stated, 1 to 10."""


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


def full() -> ScimProvider:
    """The tenant's own service."""
    return ScimProvider(
        models=[User, Agent, Group, Queue, Skill, LicensePool, DirectoryEntry],
        resource_types=[
            ResourceType.from_resource(User[Agent]),
            ResourceType.from_resource(Group),
            _type(Queue, "/Queues", "A queue: where calls wait for agents"),
            _type(Skill, "/Skills", "A skill: what agents are chosen by"),
            _type(LicensePool, "/LicensePools", "The seats of one license; read-only"),
            _type(DirectoryEntry, "/DirectoryEntries", "The UC directory; read-only"),
        ],
        config=_config(),
    )


def core() -> ScimProvider:
    """A service that has never heard of contact centers."""
    return ScimProvider(models=[User, Group], config=_config())


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
