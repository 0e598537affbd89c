"""What is in deploy/ fits this version: commands, settings, routes, and nobody runs as root."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclopts import CycloptsError

from tidegate.api.routes import HANDLERS
from tidegate.cli.application import build
from tidegate.settings import NOT_SETTINGS, Settings, variable

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
KUBERNETES = DEPLOY / "kubernetes" / "tidegate.yaml"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/tidegate/bin/tidegate"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def compose() -> dict[str, Any]:
    """Return the file of compose."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


def objects() -> list[dict[str, Any]]:
    """Return the objects for Kubernetes."""
    return list(yaml.safe_load_all(KUBERNETES.read_text(encoding="utf-8")))


def pods() -> dict[str, dict[str, Any]]:
    """Return the pod of each object that has one, by the object's name."""
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in objects() if "template" in each.get("spec", {})
    }


def instruction(name: str) -> str:
    """Return what the last instruction of a name in the Dockerfile says."""
    return str(re.findall(rf"^{name} (.*)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)[-1])


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield every command of ours with the place where it is."""
    assert json.loads(instruction("ENTRYPOINT")) == ["tidegate"]
    yield "Dockerfile", json.loads(instruction("CMD"))
    for name, service in compose()["services"].items():
        if service["image"] == "tidegate":
            yield f"compose {name}", service["command"]
    for name, pod in pods().items():
        for container in pod["containers"]:
            yield f"kubernetes {name}", container["args"]
    for unit in UNITS:
        [line] = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        program, *words = shlex.split(line)
        assert program == PROGRAM, unit.name
        yield unit.name, words


def test_every_part_is_in_every_deployment() -> None:
    parts = {"migrate", "serve", "work", "seal"}
    told = [(place.partition(" ")[0], words[0]) for place, words in commands()]
    assert {word for place, word in told if place == "compose"} == parts
    assert {word for place, word in told if place == "kubernetes"} == parts
    assert {word for place, word in told if place.endswith(".service")} == parts
    assert "database" in compose()["services"]


@pytest.mark.parametrize(("place", "words"), list(commands()))
def test_a_command_is_one(place: str, words: list[str]) -> None:
    try:
        build(words).parse_args(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        pytest.fail(f"{place}: {words}: {error}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_settings_exist(path: Path) -> None:
    known = {variable(entry.name) for entry in fields(Settings)} | NOT_SETTINGS
    assert set(re.findall(r"\bTIDEGATE_[A-Z_]+\b", path.read_text(encoding="utf-8"))) <= known


def test_every_process_knows_its_database() -> None:
    for name, pod in pods().items():
        given = {entry["name"]: entry for entry in pod["containers"][0]["env"]}
        secret = {entry for entry in given if entry.endswith("DATABASE_URL")}
        assert "TIDEGATE_DATABASE_URL" in secret, name
        assert all("secretKeyRef" in given[entry].get("valueFrom", {}) for entry in secret), name
        assert ("TIDEGATE_OWNER_DATABASE_URL" in secret) == (name == "tidegate-migrate")
    for name, service in compose()["services"].items():
        if service["image"] == "tidegate":
            assert "TIDEGATE_DATABASE_URL" in service["environment"], name
            assert ("TIDEGATE_OWNER_DATABASE_URL" in service["environment"]) == (name == "migrate")


def test_probes_lead_to_routes() -> None:
    routes = {path for handler in HANDLERS for path in handler.paths}
    [web] = pods()["tidegate-web"]["containers"]
    probes = [web[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
    assert {probe["path"] for probe in probes} <= routes
    assert {probe["port"] for probe in probes} <= {port["name"] for port in web["ports"]}
    default = next(entry.default for entry in fields(Settings) if entry.name == "port")
    assert web["ports"][0]["containerPort"] == default == int(instruction("EXPOSE"))


def test_nothing_runs_as_root_or_may_become_it() -> None:
    user, group = map(int, instruction("USER").split(":"))
    assert min(user, group) > 0
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert instruction("ARG") == "BASE=python:3.12-slim"
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${BASE}"] * 2
    for name, pod in pods().items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]) == (user, group), name
        for container in pod["containers"]:
            assert not container["securityContext"]["allowPrivilegeEscalation"], name
            assert container["securityContext"]["readOnlyRootFilesystem"], name
    for name, service in compose()["services"].items():
        if service["image"] == "tidegate":
            assert (service["cap_drop"], service["read_only"]) == (["ALL"], True), name
    for unit in UNITS:
        kept = unit.read_text(encoding="utf-8").splitlines()
        assert {"User=tidegate", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} <= set(kept), unit.name


def test_a_stopping_process_is_given_the_time_that_it_takes() -> None:
    needed: Any = next(entry.default for entry in fields(Settings) if entry.name == "stop_seconds")
    for name, service in compose()["services"].items():
        if service["image"] == "tidegate":
            assert int(service["stop_grace_period"].removesuffix("s")) > needed, name
    for name, pod in pods().items():
        assert pod.get("terminationGracePeriodSeconds", 30) > needed, name
    for unit in UNITS:
        told = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        assert all(int(seconds) > needed for seconds in told), unit.name


def test_the_database_of_compose_is_asked_where_it_serves_others() -> None:
    """Over the socket it answers already while it is being made, and ends then."""
    asked = compose()["services"]["database"]["healthcheck"]["test"]
    assert asked[asked.index("--host") + 1] == "127.0.0.1"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:  # a program that is there stands for ours
        name = unit.name.replace("@", "@1")
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, str(shutil.which("true")))
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))], check=False, capture_output=True, text=True,
        timeout=60, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    wrong = [line for line in done.stderr.splitlines() if "tidegate" in line]
    assert (done.returncode, wrong) == (0, []), done.stderr


def test_the_units_read_settings_that_are_shipped() -> None:
    read = {
        name for unit in UNITS for name in re.findall(r"^EnvironmentFile=/etc/tidegate/(.*)$", unit.read_text(), re.MULTILINE)
    }
    assert read == {path.name for path in (DEPLOY / "systemd").glob("*.env")}
