"""Opening a tenant: which provider, what it needs, and the embedded one's place on the disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import providers
from reconciler.errors import RefusedError, SetupError, UnreachableError, WriteForbiddenError
from reconciler.model import LicensePool, Operation, Provider, Tenant, Verb
from reconciler.providers.rate_limiter import RateLimiter
from reconciler.providers.sandbox import database
from tests.providers import servers

SANDBOX = Tenant("acme", "sandbox")


def opened(tenant: Tenant, root: Path, *, read_only: bool = True) -> Provider:
    pools = {"voice": LicensePool("voice", 3), "fax": LicensePool("fax", 2, "voice")}
    return providers.open(tenant, environ={}, root=root, read_only=read_only, pools=pools)


def test_an_embedded_tenant_starts_empty_with_the_pools_of_the_files(tmp_path: Path) -> None:
    provider = opened(SANDBOX, tmp_path)
    reading = provider.reader.read()
    provider.close()
    pools = {address: dict(found.fields) for address, found in reading.resources.items()}
    assert pools == {
        "license_pool/fax": {"purchased": 2, "assigned": 0, "requires": "voice"},
        "license_pool/voice": {"purchased": 3, "assigned": 0, "requires": None},
    }


def test_an_embedded_tenant_is_kept_and_starts_from_its_seed_once(tmp_path: Path) -> None:
    seeded = Tenant("acme", "sandbox", seed="acme")
    provider = opened(seeded, tmp_path, read_only=False)
    before = provider.reader.read().resources
    assert len(before) > 40
    provider.writer.write([Operation("op", "queue/new", "queue", Verb.CREATE, {})], {})
    provider.close()
    provider = opened(seeded, tmp_path)
    assert provider.reader.read().resources.keys() == before.keys() | {"queue/new"}
    provider.close()


def test_an_embedded_tenant_that_is_opened_for_reading_takes_no_write(tmp_path: Path) -> None:
    provider = opened(SANDBOX, tmp_path)
    with pytest.raises(WriteForbiddenError):
        provider.writer.write([Operation("op", "queue/new", "queue", Verb.CREATE, {})], {})
    provider.close()


@pytest.mark.parametrize(
    "name",
    [
        "acme",
        "ledger",
        "../../etc/passwd",
        "a/b",
        "..",
        "",
        " ",
        "Acme",
        "ünïcode",
        "a" * 300,
        "\0",
    ],
)
def test_a_database_lies_in_the_folder_whatever_the_tenant_is_called(
    name: str, tmp_path: Path
) -> None:
    place = database(tmp_path, name)
    assert place.resolve().parent == tmp_path.resolve() / ".reconciler"
    assert place.name != "ledger.db"
    assert len(place.name) < 80


def test_tenants_of_similar_names_have_databases_of_their_own(tmp_path: Path) -> None:
    names = ["acme", "Acme", "acme-", "a/b", "a-b", "a.b", "ü", "ö"]
    assert len({database(tmp_path, name) for name in names}) == len(names)


def test_the_folder_stays_out_of_commits(tmp_path: Path) -> None:
    opened(SANDBOX, tmp_path).close()
    assert (tmp_path / ".reconciler" / ".gitignore").read_text() == "*\n"


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / ".reconciler").write_text("a file")
    with pytest.raises(SetupError, match=r"\.reconciler"):
        opened(SANDBOX, tmp_path)


def test_an_unknown_seed_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="seed nothing"):
        opened(Tenant("acme", "sandbox", seed="nothing"), tmp_path)


def test_without_the_extra_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    script = """
import sys
sys.modules["scim2_server"] = None
from pathlib import Path
from reconciler import errors, model, providers
try:
    providers.open(model.Tenant("a", "sandbox"), environ={}, root=Path(), read_only=True)
except errors.SetupError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "pip install 'ccaas-reconciler[sandbox]'" in ran.stdout


def test_opening_the_room_imports_nothing_heavy() -> None:
    script = "import sys, reconciler.providers, reconciler.read; print('requests' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_an_unknown_provider_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="provider carrier-pigeon is not known"):
        opened(Tenant("acme", "carrier-pigeon"), tmp_path)


def test_a_ca_file_is_looked_for_beside_the_folder(tmp_path: Path) -> None:
    tenant = Tenant("a", "scim", "https://127.0.0.1:1", "RECONCILER_TOKEN", ca_file="ca.pem")
    environ = {"RECONCILER_TOKEN": servers.TOKEN}
    with pytest.raises(SetupError, match=str(tmp_path / "ca.pem")):
        providers.open(tenant, environ=environ, root=tmp_path, read_only=True)


def test_several_tenants_may_share_one_pace(tmp_path: Path) -> None:
    limiter = RateLimiter()
    with servers.plain() as one:
        tenant = Tenant("one", "scim", one.url, "RECONCILER_TOKEN")
        environ = {"RECONCILER_TOKEN": servers.TOKEN}
        provider = providers.open(
            tenant, environ=environ, root=tmp_path, read_only=True, limiter=limiter
        )
        provider.close()
    assert len(limiter._taken) == 4


def test_a_tenant_that_refuses_or_is_down_is_told_on_opening(tmp_path: Path) -> None:
    environ = {"RECONCILER_TOKEN": "wrong-token"}
    with servers.plain() as one:
        tenant = Tenant("one", "scim", one.url, "RECONCILER_TOKEN")
        with pytest.raises(RefusedError):
            providers.open(tenant, environ=environ, root=tmp_path, read_only=True)
    with pytest.raises(UnreachableError):
        providers.open(tenant, environ=environ, root=tmp_path, read_only=True)
