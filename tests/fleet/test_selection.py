"""Which tenants a run is about, and in which waves."""

import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reconciler.errors import SetupError
from reconciler.fleet import selection
from reconciler.load import Fleet, FleetTenant
from reconciler.model import Tenant
from tests.fleet.conftest import write_tenant

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def tenants(*labels: dict[str, str]) -> list[FleetTenant]:
    return [
        FleetTenant(f"t{number}", Tenant(f"t{number}", "sandbox"), labels=each)
        for number, each in enumerate(labels)
    ]


def waves(text: str, *labels: dict[str, str]) -> dict[str, int]:
    return {wave.name: len(wave.folders) for wave in selection.waves(text, tenants(*labels))}


def test_a_filter_takes_every_term(root: Path) -> None:
    fleet = Fleet.now(root)

    def chosen(text: str) -> set[str]:
        return selection.filtered(fleet.tenants, selection.parse_filter(text))

    assert chosen("region=eu") == {"acme", "beta"}
    assert chosen("region=eu, name!=acme") == {"beta"}
    assert chosen("provider!=xima,wave=late") == {"beta", "core"}
    assert chosen("no-such-label!=x") == {"acme", "beta", "core"}


def test_a_filter_that_matches_none_says_what_there_is(root: Path) -> None:
    fleet = Fleet.now(root)
    with pytest.raises(SetupError, match="no tenant matches") as raised:
        selection.filtered(fleet.tenants, selection.parse_filter("region=asia"))
    assert raised.value.hint == "region is eu, us"
    with pytest.raises(SetupError) as raised:
        selection.filtered(fleet.tenants, selection.parse_filter("zone=eu"))
    assert "region" in raised.value.hint


@pytest.mark.parametrize("text", ["region", "=eu", "region==eu", "region=eu,,", "", "a=b=c"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a term"):
        selection.parse_filter(text)


def test_waves_are_labels_counts_and_shares_of_all() -> None:
    canary = {"wave": "canary"}
    assert waves("canary,10%,rest", canary, *[{}] * 19) == {"canary": 1, "10%": 2, "rest": 17}
    assert waves("canary,3,rest", {"canary": "yes"}, {"canary": "no"}, *[{}] * 8) == {
        "canary": 1,
        "3": 3,
        "rest": 6,
    }
    assert waves("ring=1,rest", {"ring": "1"}, {"ring": "2"}) == {"ring=1": 1, "rest": 1}
    assert waves("50%,100%", {}, {}, {}) == {"50%": 2, "100%": 1}
    assert waves("1,1,rest", {}, {}, {}, {}) == {"1": 1, "1 (2)": 1, "rest": 2}


def test_a_wave_without_a_tenant_and_a_tenant_without_a_wave_are_refused() -> None:
    with pytest.raises(SetupError, match="no tenant is left for the wave canry"):
        waves("canry,rest", {"wave": "canary"})
    with pytest.raises(SetupError, match="2 tenants are in no wave"):
        waves("1", {}, {}, {})


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("", "has no name", "canary,10%,rest"),
        ("canary,,rest", "has no name", "canary,10%,rest"),
        ("rest,canary", "behind rest", "at the end"),
        ("200%", "the wave 200%", "100%"),
        ("ring=2,rest", "the wave ring=2", "the label ring: 2"),
        ("canary,canary,rest", "the wave canary", "each wave once"),
    ],
)
def test_what_is_no_order_of_waves_says_how_to_write_it(text: str, reason: str, hint: str) -> None:
    with pytest.raises(SetupError, match=reason) as raised:
        waves(text, {"wave": "canary"}, {"ring": "1"}, {})
    assert hint in (raised.value.hint or "")


@pytest.mark.parametrize(
    ("text", "total", "allowed"),
    [(None, 9, None), ("0", 9, 0), ("3", 9, 3), ("5%", 200, 10), ("5%", 3, 1), ("0%", 9, 0)],
)
def test_a_failure_budget_is_a_count_or_a_share(
    text: str | None, total: int, allowed: int | None
) -> None:
    assert selection.budget(text, total) == allowed


def commit(root: Path, *more: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@acme.example"]
    for arguments in (["add", "-A"], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)


@pytest.fixture
def repository(root: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    commit(root)
    return root


def affected(root: Path) -> set[str]:
    return selection.affected(root, Fleet.now(root), "HEAD", NOW)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_files_that_move_and_comments_affect_nobody(repository: Path) -> None:
    (repository / "acme/tenant.yaml").rename(repository / "acme/other.yaml")
    replace(repository / "shared/base.yaml", "profiles:", "# a comment\nprofiles:")
    assert affected(repository) == set()


def test_a_shared_profile_affects_those_who_use_it(repository: Path) -> None:
    replace(repository / "beta/tenant.yaml", "profile: tier-1", "licenses: [voice]")
    commit(repository)
    replace(repository / "shared/base.yaml", "queues: [support]", "queues: {support: 7}")
    assert affected(repository) == {"acme", "core"}


def test_a_tenants_own_word_keeps_a_shared_change_away(repository: Path) -> None:
    with (repository / "core/tenant.yaml").open("a") as file:
        file.write("profiles: {tier-1: {queues: [support]}}\n")
    commit(repository)
    replace(repository / "shared/base.yaml", "queues: [support]", "queues: {support: 7}")
    assert affected(repository) == {"acme", "beta"}


def test_a_new_tenant_and_one_that_is_broken_now_are_affected(repository: Path) -> None:
    write_tenant(repository, "dune")
    replace(repository / "core/tenant.yaml", "tier-1", "tier-9")
    assert affected(repository) == {"dune", "core"}


def test_a_fleet_file_that_takes_a_shared_folder_in_affects_all_who_use_it(
    repository: Path,
) -> None:
    (repository / "eu").mkdir()
    (repository / "eu/eu.yaml").write_text("profiles: {tier-2: {licenses: [voice]}}\n")
    (repository / "fleet.yaml").write_text("shared: [shared, eu]\n")
    assert affected(repository) == set()
    (repository / "eu/eu.yaml").write_text("profiles: {tier-1: {recording_mode: manual}}\n")
    assert affected(repository) == {"acme", "beta", "core"}


def test_what_comes_later_affects_a_tenant_as_of_a_later_day(repository: Path) -> None:
    later = "profile: tier-1, queues: {support: {level: 5, from: 2026-12-20}}"
    replace(repository / "acme/tenant.yaml", "profile: tier-1", later)
    commit(repository)
    replace(repository / "acme/tenant.yaml", "{level: 5", "{level: 7")
    fleet = Fleet.now(repository)
    assert affected(repository) == set()
    assert selection.affected(repository, fleet, "HEAD", NOW, date(2027, 1, 1)) == {"acme"}


@pytest.fixture
def part(repository: Path) -> Path:
    """A folder with two tenants of the fleet, whose shared files are above it."""
    (repository / "eu").mkdir()
    for name in ("acme", "beta"):
        (repository / name).rename(repository / "eu" / name)
    commit(repository)
    return repository / "eu"


def test_a_shared_file_above_the_root_affects_the_tenants_of_a_part(part: Path) -> None:
    digest = Fleet.now(part).digest("acme")
    assert affected(part) == set()
    replace(part.parent / "shared/base.yaml", "queues: [support]", "queues: {support: 7}")
    assert affected(part) == {"acme", "beta"}
    assert affected(part / "acme") == {"."}
    assert affected(part.parent) == {"eu/acme", "eu/beta", "core"}
    assert Fleet.now(part).digest("acme") != digest


def test_the_nearest_fleet_file_counts_as_it_does_for_one_tenant(part: Path) -> None:
    (part / "fleet.yaml").write_text("shared: [own]\n")
    (part / "own").mkdir()
    (part / "own/own.yaml").write_text("profiles: {tier-1: {licenses: [voice]}}\n")
    commit(part.parent)
    replace(part.parent / "shared/base.yaml", "queues: [support]", "queues: {support: 7}")
    assert affected(part.parent) == {"core"}
    replace(part / "own/own.yaml", "[voice]", "[sms]")
    assert affected(part.parent) == {"core", "eu/acme", "eu/beta"}
