"""Make `.venv` from the hash-pinned lock, then install the project into it; standard library only.

uv does it in seconds and is itself installed by pip from the lock. Where uv cannot be had or cannot reach an index that
pip can, pip does it. Either way the index is the one that pip is configured with.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.txt"
TOOLS = ROOT / ".tools"
UV = TOOLS / "bin" / "uv"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".stamp"

UV_FROM_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}
"""pip's setting → what uv calls it. Lists are separated by blanks in both, but for find-links."""


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command in the project's folder; raises CalledProcessError or OSError when it fails."""
    subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=True, stdin=subprocess.DEVNULL)


def succeeds(*command: str | Path) -> bool:
    """Tell whether a command can be run and exits with 0."""
    try:
        return subprocess.run([str(part) for part in command], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def pip(*arguments: str | Path) -> None:
    """Run this interpreter's pip, quietly, whatever the user's pip does by default with `install`."""
    plain = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_ROOT_USER_ACTION": "ignore"}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_WARN_SCRIPT_LOCATION": "1"}
    run(sys.executable, "-m", "pip", *arguments, env={**os.environ, **plain, **quiet})


def locked_uv() -> str:
    """Return uv's own entry in the lock: its version and hashes."""
    entry = re.search(r"^uv==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    if entry is None:
        raise LookupError(f"{LOCK.name} has no entry for uv; run `make lock`")
    return entry[0]


def bootstrap_uv() -> None:
    """Install the locked uv into `.tools`, without touching the interpreter's own packages."""
    entry = locked_uv()
    wanted = TOOLS / "uv.txt"
    if wanted.exists() and wanted.read_text() == entry and succeeds(UV, "--version"):
        return
    TOOLS.mkdir(exist_ok=True)
    wanted.write_text(entry)
    pip("install", "-qq", "--upgrade", "--no-deps", "--require-hashes", "--target", TOOLS, "-r", wanted)


def pip_settings() -> dict[str, str]:
    """Return pip's configuration for `install`, with environment over files, as pip reads it itself."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.findall(r"^(global|install|:env:)\.([\w-]+)='(.*)'$", listed.stdout, re.MULTILINE)
    ranked = sorted(found, key=lambda line: ("global", "install", ":env:").index(line[0]))
    return {name.replace("_", "-"): value.replace("\\n", " ").strip() for _, name, value in ranked}


def uv_environment() -> dict[str, str]:
    """Return the environment in which uv asks the same index in the same way as pip; the user's UV_* come first."""
    settings = pip_settings()
    translated = {theirs: settings[ours] for ours, theirs in UV_FROM_PIP.items() if settings.get(ours)}
    if "find-links" in settings:
        translated["UV_FIND_LINKS"] = ",".join(settings["find-links"].split())
    # Every file is checked against the lock's hashes, so it does not matter which index it comes from.
    translated["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    translated["UV_PYTHON_DOWNLOADS"] = "never"
    if not os.access(Path.home(), os.W_OK):
        translated["UV_CACHE_DIR"] = str(TOOLS / "cache")
    return {**translated, **os.environ}


def install_with_uv() -> None:
    """Bring `.venv` to exactly what the lock says, in seconds."""
    bootstrap_uv()
    env = uv_environment()
    if not succeeds(VENV_PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, VENV, env=env)
    run(UV, "pip", "sync", "--quiet", "--require-hashes", "--python", VENV_PYTHON, LOCK, env=env)


def install_with_pip() -> None:
    """Do the same with pip alone; Debian's Python has no ensurepip, so its pip installs from outside."""
    run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
    pip("--python", VENV_PYTHON, "install", "-qq", "--require-hashes", "-r", LOCK)


def install_project() -> None:
    """Join the checkout to `.venv`; the lock holds all that building it needs, so nothing is fetched."""
    how = ("--quiet", "--offline", "--no-deps", "--no-build-isolation", "--reinstall", "--editable")
    run(VENV / "bin" / "uv", "pip", "install", "--python", VENV_PYTHON, *how, ROOT, env=uv_environment())


def lock(*options: str) -> None:
    """Write both locks anew, without the name of any index; `--upgrade` takes the newest releases."""
    compile_lock: list[str | Path] = [VENV / "bin" / "uv", "pip", "compile", "pyproject.toml", "--quiet"]
    compile_lock += ["--no-header", "--no-annotate", "--generate-hashes", "--universal", "--python-version", "3.11"]
    compile_lock += options
    env = uv_environment()
    run(*compile_lock, "--group", "dev", "--output-file", LOCK.name, env=env)
    run(*compile_lock, "--constraint", LOCK.name, "--output-file", "requirements.txt", env=env)


def install_dependencies() -> None:
    """Install what the lock says, by the fastest way that works here."""
    try:
        install_with_uv()
    except (OSError, LookupError, subprocess.CalledProcessError) as problem:
        print(f"uv could not do it ({problem}); trying pip, which takes longer …", file=sys.stderr, flush=True)
        install_with_pip()


def main(arguments: list[str]) -> int:
    """Set up (or, told `lock`, write the locks), and return the exit code."""
    try:
        if arguments[:1] == ["lock"]:
            lock(*arguments[1:])
            return 0
        print("Setting up .venv from the lock …", flush=True)
        install_dependencies()
        install_project()
    except (OSError, subprocess.CalledProcessError) as failure:
        print(f"That failed: {failure}. Can pip reach its index? See `pip config list`.", file=sys.stderr)
        return 1
    STAMP.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
