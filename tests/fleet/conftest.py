"""A root with three tenants and a shared profile, in an empty current directory."""

import os
from pathlib import Path

import pytest

SHARED = """\
profiles:
  tier-1: {licenses: [voice], queues: [support]}
extension_ranges:
  agents: {purpose: webrtc_agent, range: 4000-4999}
"""
TENANT = """\
tenant: {{name: {name}, provider: sandbox, labels: {{region: {region}, wave: {wave}}}}}
license_pools: {{voice: {{purchased: 5}}}}
queues: {{support: {{default_level: 5}}}}
agents:
  - {{name: Ana Diaz, extension: 4001, email: ana@{name}.example, profile: tier-1}}
"""


def write_tenant(root: Path, name: str, region: str = "eu", wave: str = "late") -> Path:
    folder = root / name
    folder.mkdir()
    text = TENANT.format(name=name, region=region, wave=wave)
    (folder / "tenant.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("RECONCILER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "fleet"
    (root / "shared").mkdir(parents=True)
    (root / "fleet.yaml").write_text("shared: [shared]\n", encoding="utf-8")
    (root / "shared/base.yaml").write_text(SHARED, encoding="utf-8")
    write_tenant(root, "acme", wave="canary")
    write_tenant(root, "beta")
    write_tenant(root, "core", region="us")
    return root
