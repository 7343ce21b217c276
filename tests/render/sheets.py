"""Work sheets made by hand: one that a person could follow, one of hostile names, a large one."""

from datetime import UTC, date, datetime

from reconciler.manual import Entry, Proof, Sheet, Step, Visit
from reconciler.model import TenantRef, Unobserved, Value
from tests.render import hostile

CLOCK = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TENANT = TenantRef("acme", "xima", "https://acme.example")
ANA = "agent/ana.diaz+webrtc@acme.example"
LICENSING = ("User Management", "Agent Licensing")
LEVELS = ("Contact Center", "Skill Levels")


def step(number: int, address: str, label: str, title: str, **values: object) -> Step:
    parts: dict[str, object] = {
        "clicks": (),
        "entries": (),
        "check": "",
        "why": "declared in team.yaml:6",
        "set": {},
        "proof": Proof.NOTHING,
        **values,
    }
    return Step(
        id=f"{address}:{number}",
        number=number,
        address=address,
        label=label,
        title=title,
        operations=(f"op-{number}",),
        **parts,  # type: ignore[arg-type]  # as many kinds of value as a step has fields
    )


def sheet(*visits: Visit, tenant: TenantRef = TENANT, **values: tuple[Unobserved, ...]) -> Sheet:
    return Sheet(
        tenant=tenant,
        plan_id="20261124T090000-acme",
        digest=f"sha256:{'5' * 64}",
        created_at=CLOCK,
        as_of=date(2026, 11, 24),
        visits=visits,
        **values,
    )


def small() -> Sheet:
    """A UC agent is pulled in and renamed, a WebRTC agent made, licensed and given a level."""
    return sheet(
        _directory(),
        _agents(),
        _licenses(),
        _phones(),
        _levels(),
        unobserved=(Unobserved("agent", "email", 31),),
    )


def _directory() -> Visit:
    uc = step(
        1,
        "agent/2104",
        "2104 Bo Chen",
        "Pull in 2104 Bo Chen",
        check="Bo Chen(2104) is in the list of UC Phone Licensing.",
        set={"phone": "uc"},
    )
    note = "The page asks to be refreshed when it is done: click Refresh."
    return Visit("Sync UC Users", ("User Management", "Sync UC Users"), (uc,), "", note)


def _agents() -> Visit:
    create = step(
        2,
        ANA,
        "4013 Ana Diaz",
        "Create 4013 Ana Diaz",
        clicks=("Add Agent",),
        entries=(
            Entry("Name", "Ana Diaz"),
            Entry("Email Address", "ana.diaz+webrtc@acme.example"),
            Entry("Extension", "4013"),
        ),
        check="Ana Diaz(4013) is in the list; this can take two minutes.",
        set={"email": "ana.diaz+webrtc@acme.example", "extension": "4013", "name": "Ana Diaz"},
        proof=Proof.APPEARS,
    )
    edit = step(
        3,
        "agent/4002",
        "4002 Eve O'Hara",
        "Edit 4002 Eve O'Hara",
        clicks=("Eve O'Hara(4002)", "⋮", "Edit"),
        entries=(
            Entry("Preferred Name", "", "Evie"),
            Entry("Recording Mode", "Automatic (Pausing Prohibited)", ""),
        ),
        check="The dialog shows both when it is opened again.",
        set={"preferred_name": None, "recording_mode": "automatic_pausing_prohibited"},
    )
    return Visit("Agent Licensing", LICENSING, (create, edit), "")


def _licenses() -> Visit:
    give = step(
        4,
        ANA,
        "4013 Ana Diaz",
        "License 4013 Ana Diaz",
        clicks=("row Ana Diaz(4013)",),
        entries=(Entry("Voice", "ticked"), Entry("Web Chat", "ticked", "not ticked")),
        check="Both boxes are ticked after a reload.",
        set={"licenses.voice": True, "licenses.web_chat": True},
        proof=Proof.APPEARS,
    )
    return Visit("Agent Licensing", LICENSING, (give,), "Save, at the bottom of the page")


def _phones() -> Visit:
    name = step(
        5,
        "agent/2104",
        "2104 Bo Chen",
        "Edit 2104 Bo Chen",
        clicks=("Bo Chen(2104)", "⋮", "Edit"),
        entries=(Entry("Preferred Name", "Bo"),),
        check="The list shows Bo.",
        set={"preferred_name": "Bo"},
    )
    clicks = ("User Management", "UC Phone Licensing")
    return Visit("UC Phone Licensing", clicks, (name,), "")


def _levels() -> Visit:
    level = step(
        6,
        ANA,
        "4013 Ana Diaz",
        "Set the levels of 4013 Ana Diaz",
        clicks=("Search Agents…: 4013", "row Ana Diaz(4013)"),
        entries=(Entry("support", "8"), Entry("spanish", "", "3")),
        check="The row shows 8 and a blank after a reload.",
        set={"queues.support": 8, "skills.spanish": None},
    )
    return Visit("Skill Levels", LEVELS, (level,), "Save")


def named(name: str) -> Sheet:
    """The name stands wherever a file or a tenant can put a text."""
    set_: dict[str, Value] = {"name": name, f"queues.{name}": 5, "preferred_name": None}
    hurt = step(
        1,
        f"queue/{name}",
        name,
        name,
        clicks=(name, name),
        entries=(Entry(name, name, name), Entry(name, name)),
        check=name,
        why=name,
        set=set_,
    )
    visit = Visit(name, (name,), (hurt,), name, name)
    tenant = TenantRef(name, "xima", f"https://{name}.example")
    return sheet(visit, tenant=tenant, unobserved=(Unobserved("agent", name, 2),))


FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", " =1+1", "a; =1+1", 'x",=1+1', "'quoted", "0042", "1e5")


def together() -> Sheet:
    """All hostile names on one sheet, as steps of one visit."""
    names = [*hostile.NAMES.values(), *FORMULAS]
    steps = tuple(
        step(
            number,
            f"queue/{name}",
            name,
            f"Create {name}",
            clicks=("+",),
            entries=(Entry("Skill Name", name, name),),
            check=name,
            set={"name": name},
        )
        for number, name in enumerate(names, 1)
    )
    clicks = ("Contact Center", "Manage Skills")
    return sheet(Visit("Manage Skills", clicks, steps, "Save"))


def large(steps: int) -> Sheet:
    made = tuple(
        step(
            number,
            f"agent/person.{number}@acme.example",
            f"{10_000 + number} Person {number}",
            f"Create {10_000 + number} Person {number}",
            clicks=("Add Agent",),
            entries=(Entry("Name", f"Person {number}"), Entry("Extension", f"{10_000 + number}")),
            check=f"Person {number}({10_000 + number}) is in the list.",
            set={"extension": f"{10_000 + number}", "name": f"Person {number}"},
        )
        for number in range(1, steps + 1)
    )
    return sheet(Visit("Agent Licensing", LICENSING, made, "Save"))
