"""Which tenants a run is about: `--filter`, `--affected`, and the waves of an apply."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from reconciler import load, validate
from reconciler.diagnostics import Severity
from reconciler.errors import SetupError
from reconciler.load import Fleet, FleetTenant

OWN: Final = ("name", "provider", "folder")
"""What a filter names besides labels."""
_TERM: Final = re.compile(r"\s*([^=!,\s]+)\s*(!?=)\s*([^=!,]*?)\s*")
_SHARE: Final = re.compile(r"(100|\d{1,2})%")
REST: Final = "rest"


@dataclass(frozen=True, slots=True)
class Term:
    """`region=eu`, or `provider!=xima`."""

    key: str
    value: str
    is_equal: bool

    def matches(self, tenant: FleetTenant) -> bool:
        return (facts(tenant).get(self.key) == self.value) is self.is_equal


def facts(tenant: FleetTenant) -> Mapping[str, str]:
    """What a filter sees of a tenant: its labels, and its name, provider and folder."""
    provider = tenant.tenant.provider if tenant.tenant else ""
    own = {"name": tenant.name, "provider": provider, "folder": tenant.folder}
    return {**tenant.labels, **own}


def parse_filter(text: str) -> tuple[Term, ...]:
    """Raises `ValueError` with what is wrong."""
    terms = []
    for part in text.split(","):
        match = _TERM.fullmatch(part)
        if not match:
            raise ValueError(f"{part.strip()!r} is not a term; write it as region=eu or region!=eu")
        terms.append(Term(match[1], match[3], match[2] == "="))
    return tuple(terms)


def filtered(tenants: Sequence[FleetTenant], terms: Sequence[Term]) -> set[str]:
    """The folders of the tenants that fit every term. Raises `SetupError` where none does."""
    chosen = {t.folder for t in tenants if all(term.matches(t) for term in terms)}
    if chosen:
        return chosen
    wrong = [term for term in terms if not any(term.matches(tenant) for tenant in tenants)]
    term = (wrong or list(terms))[0]
    values = sorted({facts(t)[term.key] for t in tenants if term.key in facts(t)})
    keys = sorted({key for tenant in tenants for key in facts(tenant)})
    hint = (
        f"{term.key} is {', '.join(values[:10])}" if values else f"tenants have {', '.join(keys)}"
    )
    raise SetupError("no tenant matches the filter", hint=hint)


def affected(
    root: Path, fleet: Fleet, ref: str, now: datetime, as_of: date | None = None
) -> set[str]:
    """The folders of the tenants whose desired state is another one than at a git revision.

    Files that moved, comments, and shared values that nobody uses affect no tenant. A tenant that
    is new, or whose files are wrong in another way than before, is affected. Without `as_of` it is
    the day of `now` where the tenant is.
    """
    before = Fleet.at(root, ref)
    earlier = {tenant.folder for tenant in before.tenants}
    return {
        tenant.folder
        for tenant in fleet.tenants
        if tenant.folder not in earlier
        or (
            fleet.digest(tenant.folder) != before.digest(tenant.folder)
            and _result(fleet, tenant, now, as_of) != _result(before, tenant, now, as_of)
        )
    }


def _result(fleet: Fleet, tenant: FleetTenant, now: datetime, as_of: date | None) -> Any:
    """What the files of a tenant come to: its desired state, and what is wrong with it."""
    loaded = fleet.documents(tenant.folder)
    documents, refused = validate.schema(loaded.documents)
    desired = load.state(documents, as_of=as_of or load.today(tenant.tenant, now=now))
    offline = validate.offline(desired, whole=loaded.whole)
    wrong = [d for d in (*loaded.diagnostics, *refused, *offline) if d.severity is Severity.ERROR]
    config = replace(desired.config, files=0, hash="")
    used = replace(desired, config=config, profiles={}, repeated=(), dangling=(), odd_levels=())
    return used, sorted((d.rule, d.address or "", d.summary) for d in wrong)


@dataclass(frozen=True, slots=True)
class Wave:
    name: str
    folders: tuple[str, ...]


def waves(text: str, tenants: Sequence[FleetTenant]) -> tuple[Wave, ...]:
    """`canary,10%,rest`: by label, count or share, each of what the waves before left.

    A share is of all tenants, rounded up. `canary` stands for the label `wave: canary`, and for a
    label `canary` with any value but `false` and `no`; `ring=1` for that label. Raises `SetupError`
    for a wave that is none, for one behind `rest`, or where tenants are in no wave.
    """
    names = [part.strip() for part in text.split(",")]
    if "" in names:
        raise SetupError("a wave has no name", hint="write waves as canary,10%,rest")
    if REST in names[:-1]:
        raise SetupError("nothing is left for a wave behind rest", hint="put rest at the end")
    left = {tenant.folder: tenant for tenant in tenants}
    result = []
    for name, wave in zip(names, wave_names(text), strict=True):
        folders = tuple(_members(name, left, len(tenants)))
        if not folders and name != REST and not _is_number(name):
            raise SetupError(f"no tenant is left for the wave {name}", hint=_hint(name))
        for folder in folders:
            del left[folder]
        result.append(Wave(wave, folders))
    if left:
        raise SetupError(
            f"{len(left)} tenants are in no wave", hint="end --waves with rest, or filter them out"
        )
    return tuple(wave for wave in result if wave.folders)


def wave_names(text: str) -> list[str]:
    """The waves by name, in order; the second `10%` of `10%,10%,rest` is `10% (2)`."""
    names = [part.strip() for part in text.split(",")]
    counts = [names[: place + 1].count(name) for place, name in enumerate(names)]
    return [f"{n} ({count})" if count > 1 else n for n, count in zip(names, counts, strict=True)]


def _members(name: str, left: Mapping[str, FleetTenant], total: int) -> Iterable[str]:
    if name == REST:
        return list(left)
    if _is_number(name):
        return list(left)[: share_up(name, total)]
    if "=" in name:
        terms = parse_filter(name)
        return [f for f, tenant in left.items() if all(term.matches(tenant) for term in terms)]
    return [folder for folder, tenant in left.items() if _is_labelled(tenant, name)]


def _is_labelled(tenant: FleetTenant, name: str) -> bool:
    own = tenant.labels.get(name)
    return tenant.labels.get("wave") == name or (own is not None and own not in ("false", "no"))


def _hint(name: str) -> str:
    """What to do about a wave without tenants."""
    if name.endswith("%"):
        return "a share is 0% to 100%"
    label = name.replace("=", ": ", 1) if "=" in name else f"wave: {name}"
    return f"give tenants the label {label}, and name each wave once"


def _is_number(text: str) -> bool:
    return text.isdecimal() or bool(_SHARE.fullmatch(text))


def share_up(text: str, total: int) -> int:
    """A count, or a share of all, rounded up."""
    match = _SHARE.fullmatch(text)
    return -(-total * int(match[1]) // 100) if match else int(text)


def budget(text: str | None, total: int) -> int | None:
    """How many tenants may fail: a count, or a share of all (at least one, unless it is 0%).

    None where there is no bound. Raises `ValueError`.
    """
    if text is None:
        return None
    if not _is_number(text):
        raise ValueError(f"{text!r} is neither a count nor a share; write it as 3 or 5%")
    match = _SHARE.fullmatch(text)
    if not match:
        return int(text)
    return max(1, total * int(match[1]) // 100) if int(match[1]) else 0


def seconds(text: str) -> float:
    """`90`, `30s`, `10m`, `1h` in seconds. Raises `ValueError`."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h|)", text)
    if not match:
        raise ValueError(f"{text!r} is not a time; write it as 30s, 10m or 1h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
