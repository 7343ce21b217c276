"""What an interrupted apply left undone is judged as its plan was, and nothing else is."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler import sandbox
from tests.running import Run

GONE: dict[str, Any] = {"active": False, "licenses": [], "queues": {}}


def person(name: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "email": f"{name.lower().replace(' ', '.')}@acme.example",
        "extension": str(number),
        "licenses": ["voice"],
        "queues": {"support": 5},
        **more,
    }


FOUR = [
    person(name, 4001 + number)
    for number, name in enumerate(("Ana Diaz", "Bo Chen", "Cy Moss", "Dee Kim"))
]


def write(folder: Path, url: str, *leavers: str) -> Path:
    """Four of a queue that needs five; Eve starts in it, and some leave it."""
    folder.mkdir(exist_ok=True)
    everything = {
        "tenant": {
            "name": "acme",
            "provider": "scim",
            "url": url,
            "token_env": "RECONCILER_TOKEN_ACME",
        },
        "license_pools": {"voice": {"purchased": 9}},
        "queues": {"support": {"extension": "1001", "min_agents": 5}},
        "agents": [
            *(one | GONE if one["name"] in leavers else one for one in FOUR),
            person("Eve Park", 4005),
        ],
    }
    (folder / "all.yaml").write_text(json.dumps(everything), encoding="utf-8")
    return folder


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    seed = {
        "license_pools": {"voice": {"purchased": 9}},
        "queues": {"support": {"extension": "1001", "default_level": 5}},
        "agents": FOUR,
    }
    (tmp_path / "seed.json").write_text(json.dumps(seed), encoding="utf-8")
    running = sandbox.start(tmp_path / "tenant.db", seed=tmp_path / "seed.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_ACME", running.tokens["admin"])
    yield running.url
    running.stop()


def interrupted(url: str, root: Path, run: Run) -> Path:
    """Eve has started, and the tenant refuses to let Ana go."""
    files = write(root / "files", url, "Ana Diaz")
    headers = {"Authorization": f"Bearer {os.environ['RECONCILER_TOKEN_ACME']}"}
    faults = url.replace("/scim/v2", "/faults")
    requests.put(faults, json={"fail_before": list(range(2, 40))}, headers=headers, timeout=30)
    result = run("apply", files, "--yes")
    assert result.code == 3, result.out + result.err
    requests.put(faults, json={}, headers=headers, timeout=30)
    return files


def test_the_rest_of_an_interrupted_apply_is_not_blocked(
    url: str, tmp_path: Path, run: Run
) -> None:
    files = interrupted(url, tmp_path, run)
    assert run("plan", files).code == 0
    assert run("apply", files, "--yes").code == 0
    assert "nothing to do" in run("plan", files).out.lower()


def test_without_the_ledger_nobody_knows_and_the_rest_is_blocked(
    url: str, tmp_path: Path, run: Run
) -> None:
    files = interrupted(url, tmp_path, run)
    shutil.rmtree(tmp_path / ".reconciler")
    assert run("plan", files).code == 4


def test_what_the_interrupted_apply_did_not_want_is_blocked(
    url: str, tmp_path: Path, run: Run
) -> None:
    files = interrupted(url, tmp_path, run)
    write(files, url, "Bo Chen")
    assert run("plan", files).code == 4
