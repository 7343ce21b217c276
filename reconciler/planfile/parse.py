"""A document to its plan, checked to the last key; a hostile one is refused, never half read."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from reconciler.diagnostics import Diagnostic, Position, Severity
from reconciler.errors import SetupError
from reconciler.model import (
    Access,
    Action,
    Allowance,
    Blocker,
    Change,
    ConfigRef,
    Coverage,
    Execution,
    FieldChange,
    Forecast,
    Limit,
    LiveRef,
    Operation,
    Plan,
    Policy,
    RangeUse,
    Seats,
    TenantRef,
    Unmanaged,
    Unobserved,
    Value,
    Verb,
    Waiver,
)
from reconciler.planfile.document import BLOCKER, COVERAGE, FORMAT_VERSION, SEATS

LARGEST: Final = 256 * 1024 * 1024


def read(path: Path) -> Plan:
    """A saved plan. Raises `SetupError` where it is none, `StalePlanError` where it is edited."""
    try:
        if path.stat().st_size > LARGEST:
            raise SetupError(f"{path} is too large to be a plan")
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            f"{path} cannot be read as a plan", hint="make one: plan -o FILE"
        ) from error
    return parse(content, str(path))


def parse(content: str, name: str = "the plan") -> Plan:
    """A plan from its document, checked to the last key."""
    try:
        raw = json.loads(content, parse_constant=_refuse, object_pairs_hook=_once_each)
        version = str(raw["format_version"])
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            raise SetupError(
                f"{name} has format {version}; this version reads {FORMAT_VERSION}",
                hint="plan again",
            )
        return _plan(raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SetupError(f"{name} is not a plan document", hint="make one: plan -o FILE") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _plan(raw: Mapping[str, Any]) -> Plan:
    kinds_of = {item["address"]: _text(item["kind"]) for item in raw["changes"]}
    return Plan(
        tool_version=_text(raw["tool_version"]),
        plan_id=_text(raw["plan_id"]),
        digest=_text(raw["digest"]),
        created_at=_moment(raw["created_at"]),
        as_of=date.fromisoformat(raw["as_of"]),
        expires_at=_moment(raw["expires_at"]),
        tenant=TenantRef(**_only(raw["tenant"], "name", "provider", "url")),
        config=ConfigRef(**_only(raw["config"], "commit", "dirty", "files", "hash")),
        live=LiveRef(**_only(raw["live"], "complete", "resources", "requests")),
        applyable=raw["applyable"] is True,
        complete=raw["complete"] is True,
        summary=raw["summary"],
        changes=tuple(_read_change(item) for item in raw["changes"]),
        operations=tuple(_read_operation(item, kinds_of) for item in raw["operations"]),
        unmanaged=tuple(Unmanaged(**item) for item in raw["unmanaged"]),
        unobserved=tuple(Unobserved(**item) for item in raw["unobserved"]),
        seats=tuple(Seats(**_only(item, *SEATS)) for item in raw["seats"]),
        coverage=tuple(_read_coverage(item) for item in raw["coverage"]),
        access=Access(tuple(raw["access"]["gain"]), tuple(raw["access"]["lose"])),
        extensions=tuple(_read_range(item) for item in raw["extensions"]),
        forecast=Forecast(**_only(raw["forecast"], "requests", "seconds")),
        diagnostics=tuple(_read_diagnostic(item) for item in raw["diagnostics"]),
        blockers=tuple(Blocker(**_only(item, *BLOCKER)) for item in raw["blockers"]),
        acknowledged=tuple(_read_allowance(item) for item in raw.get("acknowledged", ())),
        policy=_read_policy(raw.get("policy", {})),
    )


def _only(raw: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The keys we know; a later minor version may have added others."""
    return {name: raw[name] for name in names if name in raw}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(value)
    return found


def _value(value: object) -> Value:
    if value is not None and not isinstance(value, str | int | bool):
        raise TypeError(value)
    return value


def _read_change(raw: Mapping[str, Any]) -> Change:
    source = raw["source"]
    return Change(
        address=_text(raw["address"]),
        kind=_text(raw["kind"]),
        label=_text(raw["label"]),
        action=Action(raw["action"]),
        reason=_text(raw["reason"]),
        source=Position(_text(source["file"]), int(source["line"]), 1) if source else None,
        live_id=raw["live_id"],
        precondition=raw["precondition"],
        execution=Execution(raw["execution"]),
        fields=tuple(
            FieldChange(_text(i["path"]), _value(i["before"]), _value(i["after"]))
            for i in raw["fields"]
        ),
    )


def _read_operation(raw: Mapping[str, Any], kinds_of: Mapping[str, str]) -> Operation:
    address = _text(raw["address"])
    return Operation(
        id=_text(raw["id"]),
        address=address,
        kind=kinds_of.get(address, address.partition("/")[0]),
        verb=Verb(raw["verb"]),
        set={_text(path): _value(value) for path, value in raw["set"].items()},
        why=_text(raw.get("why", "")),
        after=tuple(_text(item) for item in raw["after"]),
    )


def _read_coverage(raw: Mapping[str, Any]) -> Coverage:
    known = _only(raw, *COVERAGE)
    return Coverage(**{**known, "join": tuple(raw["join"]), "leave": tuple(raw["leave"])})


def _read_range(raw: Mapping[str, Any]) -> RangeUse:
    return RangeUse(
        range=_text(raw["range"]),
        first=_text(raw["from"]),
        last=_text(raw["to"]),
        purpose=_text(raw.get("purpose", "")),
        **_only(raw, "used", "after", "free", "foreign"),
    )


def _read_diagnostic(raw: Mapping[str, Any]) -> Diagnostic:
    place = None
    if raw["file"] is not None:
        place = Position(_text(raw["file"]), int(raw["line"]), int(raw["column"]))
    return Diagnostic(
        _text(raw["rule"]),
        Severity(raw["severity"]),
        _text(raw["summary"]),
        _text(raw["hint"]),
        raw["address"],
        place,
    )


def _read_allowance(raw: Mapping[str, Any]) -> Allowance:
    return Allowance(_text(raw["what"]), int(raw["count"]), raw["reason"], _read_day(raw["until"]))


def _read_day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _read_policy(raw: Mapping[str, Any]) -> Policy:
    return Policy(
        limits={guard: _read_limit(limit) for guard, limit in raw.get("limits", {}).items()},
        protect=frozenset(raw.get("protect", ())),
        waivers=tuple(
            Waiver(w["rule"], w["address"], w["reason"], _read_day(w["until"]))
            for w in raw.get("waivers", ())
        ),
        ignore=frozenset(raw.get("ignore", ())),
        live_calls=raw.get("live_calls", "skip"),
    )


def _read_limit(value: int | str) -> Limit:
    if isinstance(value, int):
        return Limit(count=value)
    return Limit(percent=int(value.removesuffix("%")))
