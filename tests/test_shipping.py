"""What is shipped beside the code fits the code: the image, docs/deploy and the commands in docs/install.md."""

from __future__ import annotations

import asyncio
import configparser
import importlib.metadata
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from bot import settings
from bot.__main__ import cli
from bot.environment import Environment
from tests.living import living

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "docs" / "deploy"
INSTALL = (ROOT / "docs" / "install.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
KNOWN = {name.upper() for name in Environment.model_fields}
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}
"""What compose.yml itself reads from the file it shares with the bot."""

Instruction = tuple[str, str]
Tree = dict[str, Any]


# ----------------------------------------------------------------------------------------------------------- the image


def stages() -> list[list[Instruction]]:
    """The Dockerfile's instructions, stage by stage; what stands before the first stage is left out."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    found: list[list[Instruction]] = []
    for word, rest in (line.split(maxsplit=1) for line in lines if line):
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def last(word: str) -> str:
    """What the final stage says last with this instruction."""
    return [rest for one, rest in stages()[-1] if one == word][-1]


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for one, rest in stages()[-1] if one == "ENV" for pair in rest.split())


def test_the_image_runs_as_nobody_in_its_one_volume() -> None:
    uid, _, gid = last("USER").partition(":")
    assert int(uid) > 0 < int(gid), "a name could be looked up as root"
    words = [word for word, _ in stages()[-1]]
    assert words.index("USER") > max(index for index, word in enumerate(words) if word in {"RUN", "COPY"})
    assert words.count("VOLUME") == 1
    assert last("VOLUME") == last("WORKDIR"), "the default database is a file in the working directory"
    assert Environment().database_url == "sqlite:///sitrep.db"


def test_everything_the_image_copies_is_there_and_reaches_the_build() -> None:
    let_in = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()}
    copies = [rest.split() for stage in stages() for word, rest in stage if word == "COPY" and "--from" not in rest]
    sources = {source for *found, _ in copies for source in found}
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sources <= let_in
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["only-include"], *wheel["force-include"], PROJECT["project"]["readme"]} <= sources


def test_all_that_builds_the_image_is_pinned() -> None:
    [build] = [rest for stage in stages() for word, rest in stage if word == "RUN" and "requirements-dev.txt" in rest]
    named = set(re.findall(r"[a-z-]+", re.findall(r"\\\((.*)\\\)==", build)[0]))
    needed = {re.split(r"[^\w-]", one)[0] for one in importlib.metadata.requires("hatchling") or [] if ";" not in one}
    assert named == needed | {"hatchling"}
    installs = [rest for stage in stages() for word, rest in stage if word == "RUN" and " install " in rest]
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs if "pip" in one)


def test_the_image_starts_the_bot_itself() -> None:
    entrypoint, command = json.loads(last("ENTRYPOINT")), json.loads(last("CMD"))
    assert entrypoint[0] in PROJECT["project"]["scripts"]
    assert CliRunner().invoke(cli, [*entrypoint[1:], *command, "--help"]).exit_code == 0


def test_the_image_listens_where_it_says() -> None:
    environ = image_environment()
    assert environ["PORT"] == last("EXPOSE")
    assert environ["HOST"] == "0.0.0.0"


async def test_the_image_asks_the_running_bot_whether_it_is_well(sqlite_url: str, tmp_path: Path) -> None:
    """The very command, against the very bot; and it fails when nothing answers."""
    _, _, told = last("HEALTHCHECK").partition(" CMD ")
    command: list[str] = json.loads(told)
    async with living(sqlite_url, tmp_path, environ={"HOST": "127.0.0.1", "PORT": "0"}) as life:
        assert life.bot.server is not None
        port = life.bot.server.url.rpartition(":")[2]
        assert await exit_code(command, port) == 0
    assert await exit_code(command, port) != 0


async def exit_code(command: list[str], port: str) -> int:
    quiet = asyncio.subprocess.DEVNULL
    return await (await asyncio.create_subprocess_exec(*command, env={"PORT": port, "PATH": PATH}, stderr=quiet)).wait()


PATH = str(Path(sys.executable).parent)


# ------------------------------------------------------------------------------------------------------- docs/deploy


def documents(name: str) -> list[Tree]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text("utf-8")))


def one(kind: str, name: str) -> Tree:
    [found] = [each for each in documents(name) if each["kind"] == kind]
    return found


def env_file() -> dict[str, str]:
    """The variables of the example, those in comments too."""
    text = (DEPLOY / "sitrep.env.example").read_text("utf-8")
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def named() -> Iterator[tuple[str, str]]:
    """(file, variable) for every variable that is set somewhere."""
    yield from (("sitrep.env.example", name) for name in env_file())
    yield from (("compose.yml", name) for name in documents("compose.yml")[0]["services"]["sitrep"]["environment"])
    yield from (("sitrep.service", pair.split("=")[0]) for pair in unit()["Service"]["Environment"].split())
    for file in ("kubernetes.yml", "kubernetes-postgresql.yml"):
        yield from ((file, each["name"]) for each in container(file)["env"])
    yield from (("Dockerfile", name) for name in image_environment() if not name.startswith(("PATH", "PYTHON")))


def test_every_variable_is_one_that_the_bot_reads() -> None:
    assert [found for found in named() if found[1] not in KNOWN | COMPOSE_ONLY] == []
    everywhere = "".join(path.read_text("utf-8") for path in [*DEPLOY.iterdir(), ROOT / "Dockerfile"]) + INSTALL
    assert set(re.findall(r"SITREP_[A-Z_]+", everywhere)) <= KNOWN


def test_the_examples_are_settings_that_are_taken(tmp_path: Path) -> None:
    example = (DEPLOY / "sitrep.yml.example").read_text("utf-8")
    whole = re.sub(r"^#(?! [A-Z])", "", example, flags=re.MULTILINE)
    assert "secondary" in yaml.safe_load(whole)["oncall"]
    maps = [one("ConfigMap", file)["data"]["sitrep.yml"] for file in ("kubernetes.yml", "kubernetes-postgresql.yml")]
    for text in (example, whole, *maps):
        (tmp_path / "sitrep.yml").write_text(text, encoding="utf-8")
        found = settings.load({name: value for name, value in env_file().items() if name in KNOWN}, tmp_path)
        assert found.database_url.startswith("postgresql")
        assert found.announce_channel == "incidents"


def test_compose_is_joined_up(tmp_path: Path) -> None:
    [compose] = documents("compose.yml")
    bot, database = compose["services"]["sitrep"], compose["services"]["postgres"]
    url = re.sub(r"\$\{POSTGRES_PASSWORD:[^}]*\}", "secret", bot["environment"]["DATABASE_URL"])
    assert settings.load({"DATABASE_URL": url}, tmp_path).database_url.startswith("postgresql")
    assert url == f"postgresql://{database['environment']['POSTGRES_USER']}:secret@postgres/sitrep"
    assert database["environment"]["POSTGRES_DB"] == "sitrep"
    assert database["healthcheck"]
    assert bot["depends_on"]["postgres"] == {"condition": "service_healthy"}
    mounts = dict(mount.split(":")[:2] for service in (bot, database) for mount in service["volumes"])
    assert {source for source in mounts if not source.startswith(".")} == set(compose["volumes"])
    assert mounts["sitrep"] == last("VOLUME")
    assert bot["environment"]["SITREP_CONFIG"] == f"{mounts['./config']}/sitrep.yml"
    assert all(port.startswith("127.0.0.1:") and port.endswith(f":{last('EXPOSE')}") for port in bot["ports"])
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yml").read_text("utf-8")))
    assert asked == COMPOSE_ONLY <= set(env_file())


def unit() -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    found.read(DEPLOY / "sitrep.service", "utf-8")
    return found


def test_systemd_keeps_it_running_and_in_its_place() -> None:
    service = unit()["Service"]
    assert service["User"] not in {"", "root"}
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}", "nothing else may be written"
    assert service["ProtectSystem"] == "strict"
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("always", "2")
    assert re.search(rf"useradd .*{service['User']}\n", INSTALL)
    for path in (service["EnvironmentFile"], service["Environment"].partition("=")[2], service["ExecStart"].split()[0]):
        assert path in INSTALL or str(Path(path).parent.parent) in INSTALL


def container(file: str) -> Tree:
    [found] = one("Deployment", file)["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("file", ["kubernetes.yml", "kubernetes-postgresql.yml"])
def test_kubernetes_asks_the_right_questions(file: str) -> None:
    deployment, found = one("Deployment", file)["spec"], container(file)
    pod = deployment["template"]
    probes = [found[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]
    assert [probe["path"] for probe in probes] == ["/healthz", "/healthz", "/readyz"]
    assert {probe["port"] for probe in probes} == {port["name"] for port in found["ports"]}
    assert [port["containerPort"] for port in found["ports"]] == [int(last("EXPOSE"))]
    who = pod["spec"]["securityContext"]
    assert who["runAsNonRoot"]
    assert f"{who['runAsUser']}:{who['runAsGroup']}" == last("USER")
    selectors = [deployment["selector"]["matchLabels"], one("Service", file)["spec"]["selector"]]
    assert all(selector == pod["metadata"]["labels"] for selector in selectors)
    mounts = {mount["name"]: mount["mountPath"] for mount in found["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in pod["spec"]["volumes"]}
    assert mounts["data"] == last("VOLUME")
    environ = {each["name"]: each for each in found["env"]}
    assert Path(environ["SITREP_CONFIG"]["value"]) == Path(mounts["config"], "sitrep.yml")


def test_replicas_have_a_database_that_takes_them() -> None:
    alone, shared = (one("Deployment", file)["spec"] for file in ("kubernetes.yml", "kubernetes-postgresql.yml"))
    assert (alone["replicas"], alone["strategy"]) == (1, {"type": "Recreate"})
    volumes = {volume["name"]: volume for volume in alone["template"]["spec"]["volumes"]}
    claim = one("PersistentVolumeClaim", "kubernetes.yml")
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert shared["replicas"] > 1
    [url] = [each for each in container("kubernetes-postgresql.yml")["env"] if each["name"] == "DATABASE_URL"]
    assert not url["valueFrom"]["secretKeyRef"].get("optional"), "without it each pod would keep a record of its own"
    assert env_file()[url["valueFrom"]["secretKeyRef"]["key"]].startswith("postgresql://")


# --------------------------------------------------------------------------------------------------- docs/install.md


def blocks(language: str) -> list[str]:
    return [
        re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
        for indent, body in re.findall(rf"^( *)```{language}\n(.*?)^ *```$", INSTALL, re.MULTILINE | re.DOTALL)
    ]


def test_every_command_of_ours_in_the_page_exists() -> None:
    told = "\n".join([*blocks("sh"), *re.findall(r"`([^`\n]+)`", INSTALL)])
    ours = set(
        re.findall(r"(?:^|bin/|exec sitrep )sitrep ((?:(?:db|timeline|protocol) )?[a-z]+)\b", told, re.MULTILINE)
    )
    assert {"run", "doctor", "version", "list", "show", "timeline verify"} <= ours
    refused = [words for words in sorted(ours) if CliRunner().invoke(cli, [*words.split(), "--help"]).exit_code]
    assert refused == []


def test_every_file_the_page_names_exists() -> None:
    named = re.findall(r"(?:^|\s)(docs/\S+|requirements\.txt)", "\n".join(blocks("sh")))
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    here = [target for target in targets if target and "://" not in target]
    assert [target for target in here if not ((ROOT / page).parent / target).exists()] == []


def test_the_manifest_for_http_is_one_that_slack_accepts() -> None:
    [change] = (yaml.safe_load(block) for block in blocks("yaml"))
    over_http = changed(yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8")), change)
    schema = json.loads((Path(__file__).parent / "slack" / "manifest.schema.2.0.0.json").read_text("utf-8"))
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(over_http)] == []
    assert not over_http["settings"]["socket_mode_enabled"]
    assert over_http["features"]["slash_commands"][0]["usage_hint"]
    assert over_http["settings"]["event_subscriptions"]["bot_events"]
    assert set(re.findall(r"https://[\w.]+(/\S*)", yaml.safe_dump(change))) == {"/slack/events"}
    assert len(re.findall(r"https://", yaml.safe_dump(change))) == 3, "commands, interactions and events"


def changed(before: Any, change: Any) -> Any:
    """What somebody gets who writes the keys of `change` into `before`."""
    match before, change:
        case dict(), dict():
            return before | {key: changed(before.get(key), value) for key, value in change.items()}
        case [first, *rest], [other]:
            return [changed(first, other), *rest]
        case _:
            return change
