"""A tenant that keeps members on its groups: many joiners are one write, whatever their number."""

import json
from pathlib import Path

import pytest

from reconciler import sandbox
from tests.apply.survival import TODAY, Case
from tests.running import Run

COUNT = 40


def write(folder: Path, url: str) -> Path:
    folder.mkdir()
    people = [
        {
            "name": f"Person {number:02}",
            "email": f"person{number:02}@acme.example",
            "extension": f"40{number:02}",
            "licenses": ["voice"],
            "queues": ["support"],
        }
        for number in range(COUNT)
    ]
    tenant = {
        "name": "acme",
        "provider": "scim",
        "url": url,
        "token_env": "RECONCILER_TOKEN_ACME",
    }
    content = {"tenant": tenant, "queues": {"support": {}}, "agents": people}
    (folder / "all.yaml").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_forty_new_agents_join_a_new_group_in_one_write(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sandbox.start(core=True, pools={"voice": (COUNT, None)}) as running:
        case = Case(running, write(tmp_path / "files", running.url), tmp_path, 0)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("RECONCILER_TOKEN_ACME", running.tokens["admin"])
        ran = run("apply", case.files, "--yes", "--as-of", TODAY)
        assert ran.code == 0, ran.err + ran.out
        groups = [entry for entry in case.trail if entry["kind"] == "group"]
        joined = [sum(path.startswith("members.") for path in e["after"]) for e in groups]
        assert sum(joined) == COUNT
        assert len(groups) <= 4
        assert run("plan", case.files, "--as-of", TODAY, "--detailed-exitcode").code == 0
