"""Where a ledger is, and opening it."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from reconciler.errors import SetupError
from reconciler.ledger import tables
from reconciler.ledger.sql import SqlLedger
from reconciler.model import Tenant

VARIABLE = "RECONCILER_LEDGER"
PLACE = Path(".reconciler") / "ledger.db"


def open_ledger(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> SqlLedger:
    """Opens the ledger, and makes it on the first use. Raises `SetupError`."""
    url = where(tenant, environ, root)
    if url.drivername == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = _engine(url)
        with engine.begin() as connection:
            tables.migrate(connection)
    except (SQLAlchemyError, ValueError, ImportError, OSError) as error:
        shown = url.render_as_string(hide_password=True)
        raise SetupError(
            f"the ledger {shown} cannot be opened: {_said(error)}",
            hint="check the variable, or move the file away if it is none of ours",
        ) from error
    return SqlLedger(engine, is_local=url.drivername == "sqlite")


def existing(tenant: Tenant, *, environ: Mapping[str, str], root: Path) -> SqlLedger | None:
    """The ledger where there is one; nothing is made."""
    url = where(tenant, environ, root)
    if url.drivername == "sqlite" and not Path(url.database or "").exists():
        return None
    return open_ledger(tenant, environ=environ, root=root)


def where(tenant: Tenant, environ: Mapping[str, str], root: Path) -> URL:
    """The URL in the variable that the tenant names, in `RECONCILER_LEDGER`, or the local file."""
    name = tenant.ledger_env or VARIABLE
    if not name.startswith(VARIABLE):
        raise SetupError(
            f"ledger_env {name} does not begin with {VARIABLE}", hint="rename the variable"
        )
    given = environ.get(name)
    if tenant.ledger_env and not given:
        raise SetupError(f"{name} is not set", hint="export the ledger's URL in it")
    if not given:
        return URL.create("sqlite", database=str(root / PLACE))
    try:
        url = make_url(given)
    except SQLAlchemyError as error:
        raise SetupError(f"{name} does not hold a database URL") from error
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """WAL, so that a reader never waits; transactions are begun by us, at once for writing."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _said(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return str(original).splitlines()[0][:200] if str(original) else type(original).__name__
