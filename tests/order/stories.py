"""Builders for stories: people in words, a plan, and the judge's word on it."""

from collections.abc import Mapping
from random import Random
from typing import Any

from tests.order import made, trial
from tests.order.made import Situation
from tests.order.tenant import Flat, Tenant, Terms
from tests.order.trial import Plan

ROOM = {"voice": 50, "sms": 50, "web_chat": 50}
REQUIRES = {"web_chat": "voice"}


def person(
    extension: int | None, name: str, licenses: str = "", *members: str, **more: Any
) -> Flat:
    """`person(4001, "ana", "voice sms", "queue/a")`."""
    paths = (member.split("/") for member in members)
    return {
        "kind": "agent",
        "email": f"{name}@acme.example",
        "extension": None if extension is None else str(extension),
        "phone": "webrtc",
        "active": True,
        **{f"licenses.{license}": True for license in licenses.split()},
        **{f"{kind}s.{member}": 5 for kind, member in paths},
        **more,
    }


def ordered(
    live: Mapping[str, Flat],
    wanted: Mapping[str, Flat | None],
    *,
    purchased: Mapping[str, int] = ROOM,
    targets: str = "queue/a queue/b skill/spanish",
    **terms: Any,
) -> Plan:
    """The plan, after the judge has tried every order and every failure of it."""
    known: dict[str, Flat] = {target: {"kind": target.split("/")[0]} for target in targets.split()}
    tenant = Tenant(Terms(purchased, REQUIRES, **terms), {**known, **live})
    situation = Situation(tenant, wanted)
    assert list(trial.complaints(situation, Random(1))) == []
    return trial.plan(situation)


def writes(plan: Plan) -> list[tuple[str, dict[str, object]]]:
    """Who is written what, in the sequence of the plan."""
    names = [(o.address.partition("/")[2].partition("@")[0], o) for o in plan.graph.operations]
    return [(name, dict(o.set) if o.verb != "delete" else {"deleted": True}) for name, o in names]


def waits(plan: Plan) -> list[tuple[str, ...]]:
    return [operation.after for operation in plan.graph.operations]


def reasons(plan: Plan) -> list[str]:
    return [operation.why for operation in plan.graph.operations]


def left(one: Flat, **more: Any) -> Flat:
    """Suspended: no license, no membership."""
    return {**{path: v for path, v in one.items() if "." not in path}, "active": False, **more}


__all__ = ["left", "made", "ordered", "person", "reasons", "waits", "writes"]
