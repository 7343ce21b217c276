"""A provider of another distribution: found by its entry point, and by nothing else."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import errors, providers
from reconciler.model import Tenant
from reconciler.providers import registry
from tests.running import Run

Install = Callable[..., None]

GOOD = """\
from reconciler.providers.api import Capabilities, ProviderType, Reading, Resource

class Tenant:
    def __init__(self, connection):
        self.reader = self.writer = self
        self.options = connection.options
    def read(self):
        fields = {"name": self.options["region"], "email": "ana@acme.example", "extension": "4001"}
        ana = Resource("agent/ana@acme.example", "agent", fields, "1")
        observed = {"agent": frozenset(fields)}
        return Reading({ana.address: ana}, Capabilities(observed=observed, writable={}))
    def presence(self, handle):
        return None
    def close(self):
        pass

SCHEMA = {
    "properties": {
        "region": {"type": "string", "enum": ["north", "south"]},
        "depth": {"type": "integer", "minimum": 1},
    },
    "required": ["region"],
}
PROVIDER = ProviderType(Tenant, tenant_schema=SCHEMA, levels={"skills": (1, 3)})
"""
FILES = """\
tenant:
  name: acme
  provider: {provider}
  region: {region}
"""
AGENT = 'agents: [{name: north, email: ana@acme.example, extension: "4001"}]\n'


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution with one module on the path, as an installer would."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)

    def installer(module: str, text: str, name: str = "depot", owner: str = "") -> None:
        (site / f"{module}.py").write_text(text)
        owner = owner or module
        metadata = site / f"{owner}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {owner}\nVersion: 1.0\n")
        entry = f"[{registry.GROUP}]\n{name} = {module}:PROVIDER\n"
        (metadata / "entry_points.txt").write_text(entry)
        registry._registrations.cache_clear()
        monkeypatch.delitem(sys.modules, module, raising=False)

    return installer


def declare(folder: Path, provider: str = "depot", region: str = "north", more: str = "") -> None:
    (folder / "desired-state").mkdir(exist_ok=True)
    text = FILES.format(provider=provider, region=region) + more + AGENT
    (folder / "desired-state/all.yaml").write_text(text)


def test_an_installed_provider_is_read_like_ours(
    install: Install, tmp_path: Path, run: Run
) -> None:
    install("depot_a", GOOD)
    declare(tmp_path)
    assert run("validate").code == 0
    plan = run("plan", "--format", "json")
    assert (plan.code, plan.json["changes"]) == (0, []), plan.err


def test_its_keys_are_typed_and_exported(install: Install, tmp_path: Path, run: Run) -> None:
    install("depot_b", GOOD.replace('self.options["region"]', 'str(self.options["depth"] + 1)'))
    declare(tmp_path, more="  depth: 4\n")
    assert run("export", "out").code == 0
    assert "depth: 4" in (tmp_path / "out/tenant.yaml").read_text()
    assert 'name: "5"' in "".join(path.read_text() for path in (tmp_path / "out").rglob("*.yaml"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("  region: west\n", 4, "`region` cannot be `west`"),
        ("  region: north\n  depth: 0\n", 5, "`depth` cannot be `0`"),
        ("  region: north\n  depht: 2\n", 5, "did you mean `depth`?"),
        ("  timezone: UTC\n", 1, "`region` is missing"),
    ],
)
def test_a_wrong_key_is_an_error_at_its_line(
    install: Install, tmp_path: Path, run: Run, text: str, line: int, words: str
) -> None:
    install("depot_c", GOOD)
    declare(tmp_path)
    path = tmp_path / "desired-state/all.yaml"
    path.write_text(f"tenant:\n  name: acme\n  provider: depot\n{text}{AGENT}")
    ran = run("validate")
    assert ran.code == 1
    assert words in ran.out + ran.err
    assert f"all.yaml:{line}" in ran.out + ran.err


def test_its_levels_are_known_offline(install: Install, tmp_path: Path, run: Run) -> None:
    install("depot_d", GOOD)
    more = "skills: {spanish: {}}\nlicense_pools: {voice: {}}\n"
    declare(tmp_path, more=more)
    path = tmp_path / "desired-state/all.yaml"
    path.write_text(path.read_text().replace("name: north,", "name: north, skills: {spanish: 4},"))
    ran = run("validate")
    assert ran.code == 1
    assert "a depot tenant has levels 1 to 3 for skills" in ran.out + ran.err


def test_an_unknown_name_is_told_what_is_installed(
    install: Install, tmp_path: Path, run: Run
) -> None:
    install("depot_e", GOOD)
    declare(tmp_path, provider="dpot")
    ran = run("validate")
    assert ran.code == 1
    assert "did you mean `depot`?" in ran.out + ran.err
    assert "genesys, sandbox, scim, xima, depot" in ran.out + ran.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_this_name\n", "No module named 'nothing_of_this_name'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("def broken(:\n", "SyntaxError"),
        ("x = 1\n", "AttributeError"),
        ("PROVIDER = 'a text'\n", "is a str"),
        (GOOD.replace('"integer"', '"number"'), "the type number is not read"),
        (GOOD.replace('"depth"', '"url"'), "`url` is a key of every tenant block"),
        (GOOD.replace('"minimum": 1', '"minimum": "a"'), "wrong tenant_schema"),
        (GOOD.replace('"minimum": 1', '"$ref": "#/$defs/nothing"'), "wrong tenant_schema"),
        (GOOD.replace('["region"],', '["region"], "oneOf": 3,'), "wrong tenant_schema"),
    ],
)
def test_a_broken_entry_point_is_one_line_at_the_line_that_names_it(
    install: Install, tmp_path: Path, run: Run, text: str, words: str
) -> None:
    install("depot_f", text)
    declare(tmp_path)
    for verb in ("validate", "plan", "apply"):
        ran = run(verb)
        assert ran.code == 1
        (text,) = (ran.out + ran.err).splitlines()
        assert words in text
        assert text.startswith("all.yaml:3:")


@pytest.mark.parametrize("name", ["depot", "scim", "sandbox"])
def test_one_name_of_two_distributions_is_refused(
    install: Install, tmp_path: Path, run: Run, name: str
) -> None:
    install("depot_g", GOOD, name=name)
    install("depot_h", GOOD, name=name)
    declare(tmp_path, provider=name)
    ran = run("plan")
    assert ran.code == 1
    assert "register" in ran.err
    assert len(ran.err.splitlines()) == 1, ran.err


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("self.reader = self.writer = self", "1 / 0", 1, "cannot be opened: ZeroDivisionError"),
        ("self.reader = self.writer = self", "self.reader = self", 1, "has no `writer`"),
        ("return Reading", "1 / 0; return Reading", 7, "failed while reading: ZeroDivisionError"),
        ("    def read", "    writer = property(len)\n    def read", 1, "cannot be opened"),
        ("return Reading", "return None and Reading", 7, "returned a NoneType"),
        ("{ana.address: ana}", "{ana.address: fields}", 7, "holds a dict and no Resource"),
        ("{ana.address: ana}", "[ana]", 7, "its resources are a list and no mapping"),
        ("{ana.address: ana}", "{1: ana}", 7, "1 is no address"),
        ('fields, "1")', 'None, "1")', 7, "no Resource with a mapping of fields"),
        ('fields, "1")', "fields, 1)", 7, "the id of agent/ana@acme.example is an int"),
        (
            "observed=observed, writable={}",
            "observed=None, writable={}",
            7,
            "observed is a NoneType",
        ),
        ("frozenset(fields)", "list(fields)", 7, "has a list for agent and no set of fields"),
        ("writable={}", "writable={}, creates=None", 7, "capabilities.creates is a NoneType"),
        ("Capabilities(observed=observed, writable={})", "None", 7, "capabilities are a NoneType"),
        ('"extension": "4001"', '"extension": 4001', 7, "is an int and not a text"),
        ('"4001"', '"4001", "active": "yes"', 7, "is a str and not True or False"),
        ('"4001"', '"4001", "phone": "desk"', 7, "'desk' and none of webrtc, uc"),
        ('"4001"', '"4001", "skills": {1: 2}', 7, "is no mapping of names to levels"),
        ('"4001"', '"4001", "licenses": frozenset({1})', 7, "is no frozenset of license names"),
        ('"email": "ana@', '"email": "bo@', 7, "has the e-mail of agent/bo@acme.example"),
        ('"agent/ana@acme.example", "agent"', '"ana", "agent"', 7, "'ana' is no address"),
        ("frozenset(fields)", "frozenset({'nickname'})", 7, "names the field nickname"),
        ("writable={}", "writable={}, once={'agent.email'}", 7, "once names agent.email"),
        ("frozenset(fields)", "frozenset({'name'})", 7, "do not list as observed"),
        ('self.options["region"]', '["a"]', 7, "name of agent/ana@acme.example is a list"),
    ],
)
def test_a_defect_of_its_code_is_one_line(
    install: Install, tmp_path: Path, run: Run, old: str, new: str, code: int, words: str
) -> None:
    assert old in GOOD
    install("depot_i", GOOD.replace(old, new, 1))
    declare(tmp_path)
    ran = run("plan")
    assert ran.code == code, ran.err
    assert words in ran.out + ran.err


def test_a_defect_of_its_close_changes_nothing(install: Install, tmp_path: Path, run: Run) -> None:
    install("depot_m", GOOD.replace("        pass", "        1 / 0"))
    declare(tmp_path)
    ran = run("plan", "--format", "json")
    assert (ran.code, ran.json["changes"]) == (0, []), ran.err


def test_opened_for_reading_it_is_refused_a_write(tmp_path: Path, install: Install) -> None:
    install("depot_l", GOOD)
    tenant = Tenant("acme", "depot", options={"region": "north"})
    provider = providers.open(tenant, environ={}, root=tmp_path, read_only=True)
    with pytest.raises(errors.WriteForbiddenError):
        provider.writer.write([], {})


def test_a_module_is_never_named_in_yaml(tmp_path: Path, install: Install, run: Run) -> None:
    install("depot_j", GOOD)
    for name in ("depot_j", "depot_j:PROVIDER", "os"):
        declare(tmp_path, provider=name)
        assert run("plan").code == 1
    assert "depot_j" not in sys.modules


def test_a_distribution_in_the_current_directory_is_not_installed(tmp_path: Path) -> None:
    """`python -m` puts that directory on the path, and a pull request decides what is in it."""
    (tmp_path / "planted.py").write_text("open('ran', 'w').close()\n")
    metadata = tmp_path / "planted-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[reconciler.providers]\nplanted = planted:P\n")
    declare(tmp_path, provider="planted")
    command = [sys.executable, "-m", "reconciler", "plan"]
    ran = subprocess.run(command, cwd=tmp_path, env={**os.environ}, capture_output=True, timeout=60)
    assert ran.returncode == 1
    assert b"cannot be `planted`" in ran.stdout + ran.stderr
    assert not (tmp_path / "ran").exists()


def test_the_schema_for_editors_has_the_keys_of_a_provider(install: Install, run: Run) -> None:
    install("depot_k", GOOD)
    assert '"depth"' in run("schema", "--provider", "depot").out
    assert run("schema", "--provider", "dpot").code == 1
