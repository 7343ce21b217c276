"""How often an apply asks the tenant: discovery once, a reading before the writes and one after."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.providers import servers
from tests.running import Run

FILES = """\
tenant: {{name: acme, provider: scim, url: "{url}", token_env: RECONCILER_TOKEN_X}}
agents:
  - {{name: Ana Diaz, email: ana@acme.example, extension: "4001"}}
"""


def test_an_apply_of_a_folder_discovers_once_and_reads_once_before_and_once_after_its_writes(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_TOKEN_X", servers.TOKEN)
    with servers.plain(full=True) as tenant:
        (tmp_path / "desired-state").mkdir()
        (tmp_path / "desired-state" / "all.yaml").write_text(FILES.format(url=tenant.url))
        ran = run("apply", "--yes")
        assert ran.code == 0, ran.err
        requests = [(method, urlsplit(path).path) for method, path in tenant.requests]
    first = next(at for at, (method, _) in enumerate(requests) if method != "GET")
    for lists in ("/Users", "/Queues", "/Skills"):
        assert requests[:first].count(("GET", lists)) == 1
        assert requests[first:].count(("GET", lists)) == 1
    assert [path for _, path in requests].count("/ServiceProviderConfig") == 1
