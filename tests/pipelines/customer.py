"""A customer's repository: the lines of the docs, some files, and a sandbox for each tenant."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler import sandbox
from tests.pipelines.hub import Hub
from tests.pipelines.runner import ROOT, TOOL, Runner, programs

DOCS = ROOT / "docs" / "pipelines.md"
SAMPLE = re.compile(r"<!-- sample: (\.github/workflows/\S+) -->\n```yaml\n(.*?)```", re.DOTALL)
PEOPLE = ("Ana Diaz", "Bo Chen", "Cy Okafor", "Dee Novak", "ana.diaz", "bo.chen", "@acme.example")


def workflows(branch: str, folder: str) -> dict[str, str]:
    """The files that docs/pipelines.md tells a customer to write."""
    files = dict(SAMPLE.findall(DOCS.read_text(encoding="utf-8")))
    assert len(files) == 2
    for name, text in files.items():
        changed = text.replace("OWNER/reconciler", TOOL).replace("[main]", f"['{branch}']")
        if folder != "desired-state":
            changed = re.sub(r"(uses: \S+\.yml@\w+)", rf"\1, with: {{folder: '{folder}'}}", changed)
        files[name] = changed
    return files


def agent(name: str, extension: int, more: str = "") -> str:
    email = name.lower().replace(" ", ".")
    return (
        f"  - {{name: {name}, extension: {extension}, email: {email}@acme.example, "
        f"licenses: [voice], queues: {{support: 5}}{more}}}\n"
    )


def team(*agents: str) -> str:
    pools = "license_pools:\n  voice: {purchased: 100}\n"
    queues = "queues:\n  support: {extension: 1001}\n"
    return f"{pools}{queues}agents:\n{''.join(agents)}"


@dataclass(frozen=True, slots=True)
class Customer:
    """`folders` are where each tenant's files are, by its name."""

    hub: Hub
    runner: Runner
    tenants: Mapping[str, sandbox.Running]
    folders: Mapping[str, str]

    def team(self, *agents: str, tenant: str = "") -> dict[str, str]:
        """The file of a team, as a change to the repository."""
        name = tenant or next(iter(self.folders))
        return {f"{self.folders[name]}/team.yaml": team(*agents)}

    @property
    def logs(self) -> str:
        return "\n".join(run.log + run.summary for run in self.runner.runs)


def make(
    home: Path,
    names: Sequence[str] = ("acme",),
    *,
    branch: str = "main",
    folder: str = "desired-state",
    repository: str = "acme/contact-centre",
    reviewed: frozenset[str] = frozenset(),
    slugs: Mapping[str, str] | None = None,
) -> Customer:
    tenants = {name: sandbox.start() for name in names}
    several = len(names) > 1
    folders = {
        name: f"{folder}/tenant {number}" if several else folder
        for number, name in enumerate(names)
    }
    files = workflows(branch, folder)
    environments = {}
    for number, name in enumerate(names):
        running = tenants[name]
        files[f"{folders[name]}/tenant.yaml"] = (
            f"tenant:\n  name: {name}\n  provider: scim\n  url: {running.url}\n"
            f"  token_env: RECONCILER_TOKEN_{number}\n"
        )
        files[f"{folders[name]}/team.yaml"] = team(agent("Ana Diaz", 4001))
        slug = (slugs or {}).get(name, name)
        ledger = f"sqlite:///{home}/ledger-{number}.db"
        secrets = {"RECONCILER_LEDGER": ledger}
        environments[f"plan-{slug}"] = {**secrets, "RECONCILER_TOKEN": running.tokens["manager"]}
        environments[f"apply-{slug}"] = {**secrets, "RECONCILER_TOKEN": running.tokens["admin"]}
        environments[f"replanned-{slug}"] = {}
    hub = Hub.make(home / "hub", repository, branch, files)
    runner = Runner(
        hub,
        programs(home / "programs"),
        environments,
        {"RECONCILER_HOSTS": ",".join(f"127.0.0.1:{each.port}" for each in tenants.values())},
        reviewed,
    )
    return Customer(hub, runner, tenants, folders)
