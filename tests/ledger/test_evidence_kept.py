"""A ledger of before keeps what people said in it."""

from pathlib import Path

from sqlalchemy import create_engine, text

from reconciler import ledger
from reconciler.ledger import tables
from reconciler.model import Tenant


def test_what_was_said_before_evidence_was_kept_is_evidence(tmp_path: Path) -> None:
    (tmp_path / ".reconciler").mkdir()
    place = tmp_path / ".reconciler" / "ledger.sqlite"
    url = f"sqlite:///{place}"
    kept = ledger.open_ledger(Tenant("acme", "xima"), environ={}, root=tmp_path)
    kept.close()
    (file,) = [
        f for f in (tmp_path / ".reconciler").iterdir() if f.suffix not in ("", ".gitignore")
    ]
    file.unlink()
    engine = create_engine(url.replace(str(place), str(file)))
    with engine.begin() as connection:
        tables.migrate(connection, tables.STEPS[:1])
        connection.execute(
            text(
                "INSERT INTO ledger_attestations VALUES "
                "('acme', 'agent/4001', 'licenses.voice', 'true', 'sam', 1764000000, 'attested')"
            )
        )
    engine.dispose()
    kept = ledger.open_ledger(Tenant("acme", "xima"), environ={}, root=tmp_path)
    (item,) = kept.attestations("acme")
    kept.close()
    assert (item.path, item.value, item.by, item.name, item.refuted) == (
        *("licenses.voice", True, "sam"),
        *("", ""),
    )
