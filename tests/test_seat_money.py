"""What seats cost: decimal, a month, and never a number that nobody can know."""

from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.model import Price
from reconciler.plan import impact
from tests.running import Run

FILES = """
tenant: {name: priced, provider: sandbox}
extension_ranges: {agents: {purpose: webrtc_agent, range: 4000-4999}}
license_pools:
  voice: {purchased: 5, price: {amount: 75.10, currency: USD, per: month}}
  web_chat: {purchased: 2, requires: voice, price: {amount: "100", currency: USD, per: year}}
queues: {support: {}}
agents:
"""


def write(folder: Path, people: int) -> None:
    (folder / "desired-state").mkdir(exist_ok=True)
    entries = "".join(
        f"  - {{name: Person {n}, extension: 400{n}, email: p{n}@acme.example, "
        "licenses: [voice], queues: {support: 5}}\n"
        for n in range(people)
    )
    (folder / "desired-state/all.yaml").write_text(FILES + entries, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_plan_says_what_it_takes_into_use_and_what_stays_idle(run: Run, folder: Path) -> None:
    write(folder, 2)
    text = run("plan").out
    assert "Two voice seats more in use: 150.20 USD a month." in text
    assert "Three voice seats are idle then: 225.30 USD a month." in text
    found = run("plan", "--format", "json").json
    assert found["costs"][0] == {
        "license": "voice",
        "more": 2,
        "at_most": False,
        "amount": "150.20",
        "idle": 3,
        "idle_amount": "225.30",
        "currency": "USD",
    }
    for form in ("markdown", "html"):
        assert "150.20 USD a month" in run("plan", "--format", form).out


def test_seats_that_are_given_back_and_idle_ones_are_told(run: Run, folder: Path) -> None:
    write(folder, 2)
    assert run("apply", "--yes").code == 0
    text = (folder / "desired-state/all.yaml").read_text()
    (folder / "desired-state/all.yaml").write_text(
        text.replace("licenses: [voice]", "licenses: []", 1)
    )
    (folder / "desired-state/all.yaml").write_text(
        text.replace("licenses: [voice], queues: {support: 5}", "licenses: [], queues: {}", 1)
    )
    assert "One voice seat less in use: 75.10 USD a month." in run("plan").out
    drift = run("drift").out
    assert "3 of 5 seats of voice are idle: 225.30 USD a month" in drift
    assert "2 of 2 seats of web_chat are idle: 16.67 USD a month" in drift


def test_a_saved_plan_keeps_its_costs(run: Run, folder: Path) -> None:
    write(folder, 1)
    assert run("plan", "-o", "plan.json").code == 0
    assert "One voice seat more in use: 75.10 USD a month." in run("show", "plan.json").out
    assert run("apply", "plan.json", "--yes").code == 0


@pytest.mark.parametrize(
    ("amount", "per", "seats", "monthly"),
    [("0.1", "month", 3, "0.30"), ("100", "year", 1, "8.33"), ("75.00", "month", -2, "-150.00")],
)
def test_amounts_are_decimal(amount: str, per: str, seats: int, monthly: str) -> None:
    assert str(impact.monthly(Price(Decimal(amount), "USD", per), seats)) == monthly


@pytest.mark.parametrize(
    "price",
    [
        "{amount: 75, currency: USD}",
        "{amount: -1, currency: USD, per: month}",
        "{amount: 1e3, currency: USD, per: month}",
        "{amount: 75, currency: usd, per: month}",
        "{amount: 75, currency: USD, per: week}",
        "{amount: 75, currency: USD, per: month, tax: 1}",
        "75",
    ],
)
def test_a_price_that_is_none_is_refused(run: Run, folder: Path, price: str) -> None:
    write(folder, 1)
    text = (folder / "desired-state/all.yaml").read_text()
    (folder / "desired-state/all.yaml").write_text(
        text.replace("{amount: 75.10, currency: USD, per: month}", price)
    )
    assert run("validate").code == 1
