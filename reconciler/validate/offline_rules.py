"""Check the desired state by the offline rules, apply waivers and check the waivers."""

from collections.abc import Iterator
from typing import Final

from reconciler import kinds, rules
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.model import Desired, Tenant, Waiver

EXPIRED_WAIVER: Final = "waiver-expired"
UNKNOWN_WAIVER: Final = "waiver-unknown"
USELESS_WAIVER: Final = "waiver-without-effect"
NO_TENANT: Final = "tenant-missing"
WRONG_MAPPING: Final = "mapping-contradictory"

_NEEDS_ALL_FILES: Final = frozenset({"dangling-reference", "agent-keys-missing"})


def offline(desired: Desired, *, whole: bool = True) -> list[Diagnostic]:
    """Check by every offline rule. If files could not be read, nothing is reported as missing."""
    view = rules.stated(desired)
    findings = [
        finding
        for rule in rules.OFFLINE
        if whole or rule.ID not in _NEEDS_ALL_FILES
        for finding in rule.check(view)
    ]
    own = [*_tenant(desired), *waivers(desired)] if whole else []
    return [*own, *lifted(desired, findings)]


def lifted(desired: Desired, findings: list[Diagnostic]) -> list[Diagnostic]:
    """Findings without those that a waiver in force lifts."""
    waived = {
        (waiver.rule, waiver.address)
        for waiver in desired.policy.waivers
        if not _has_expired(waiver, desired) and waiver.rule not in rules.FEASIBILITY
    }
    return [finding for finding in findings if (finding.rule, finding.address) not in waived]


def waivers(desired: Desired) -> Iterator[Diagnostic]:
    """Waivers that have expired, that name a rule or an address that there is not, or a rule that
    no waiver can lift.
    """
    for waiver in desired.policy.waivers:
        if waiver.rule not in rules.IDS:
            yield _finding(
                waiver, "rule", f"there is no rule {waiver.rule}", "correct or remove it"
            )
        elif waiver.rule in rules.FEASIBILITY:
            yield _finding(
                waiver,
                "rule",
                f"{waiver.rule} cannot be waived: it says what no order of writes can do",
                "remove the waiver, and do what the plan says would resolve it",
                USELESS_WAIVER,
            )
        elif not _is_declared(waiver.address, desired):
            summary = f"the files do not declare {waiver.address}"
            yield _finding(waiver, "address", summary, "correct the address, or remove the waiver")
        elif _has_expired(waiver, desired):
            yield _finding(
                waiver,
                "until",
                f"the waiver of {waiver.rule} for {waiver.address} ended on {waiver.until}",
                "put right what it waives and remove it, or agree on a later day",
            )


def _has_expired(waiver: Waiver, desired: Desired) -> bool:
    return waiver.until is not None and waiver.until < desired.as_of


def _is_declared(address: str, desired: Desired) -> bool:
    name = kinds.name_of(address)
    match kinds.kind_of(address):
        case kinds.LICENSE_POOL:
            return name in desired.pools
        case kinds.EXTENSION_RANGE:
            return any(interval.name == name for interval in desired.ranges)
        case kinds.PROFILE:
            return name in desired.profiles
        case _:
            return address in desired.resources or address in desired.waiting


def _finding(
    waiver: Waiver, field: str, summary: str, hint: str, rule: str | None = None
) -> Diagnostic:
    rule = rule or (EXPIRED_WAIVER if field == "until" else UNKNOWN_WAIVER)
    place = waiver.origin.at(field) if waiver.origin else None
    return Diagnostic(rule, Severity.ERROR, summary, hint, waiver.address, place)


def _mapping(tenant: Tenant) -> Iterator[Diagnostic]:
    """What is unknown or contradictory in a mapping, at its line."""
    if not tenant.mapping or tenant.origin is None:
        return
    if tenant.provider != "scim":
        yield Diagnostic(
            WRONG_MAPPING,
            Severity.ERROR,
            f"a mapping is for `provider: scim`, and the provider is {tenant.provider}",
            "remove `mapping`",
            None,
            tenant.origin.at("mapping"),
        )
        return
    from reconciler.providers.scim import mapping

    for problem in mapping.contradictions(tenant.mapping):
        place = tenant.origin.at("mapping", *problem.path)
        yield Diagnostic(WRONG_MAPPING, Severity.ERROR, problem.summary, problem.hint, None, place)


def _tenant(desired: Desired) -> Iterator[Diagnostic]:
    yield from _mapping(desired.tenant)
    if desired.tenant.origin is None:
        yield Diagnostic(
            NO_TENANT,
            Severity.ERROR,
            "no file says which tenant this is",
            "add `tenant:` with `name` and `provider` to one of them",
        )
