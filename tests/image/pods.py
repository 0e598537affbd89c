"""The pods of `deploy/kubernetes`, as `podman kube play` runs them: one of each, against the database of the compose file."""

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from tests.image.engine import COMPOSE, PASSWORDS, PROJECT, podman, run, took

MANIFEST = COMPOSE.parents[1] / "kubernetes" / "tidegate.yaml"
NEEDED = ("PersistentVolumeClaim", "Job", "Deployment")


def secret() -> str:
    """Return the Secret that a reader makes by kubectl, as Podman keeps one."""
    addresses = {
        role: f"postgresql://tidegate_{role}:{PASSWORDS[role.upper() + '_PASSWORD']}@database/tidegate"
        for role in ("app", "owner", "sealer")
    }
    return json.dumps({role: base64.b64encode(address.encode()).decode() for role, address in addresses.items()})


def playable(found: dict[str, Any]) -> dict[str, Any]:
    """Return an object as Podman plays it: the image that is here, one pod of each, a Job as its pod."""
    for container in found["spec"].get("template", {}).get("spec", {}).get("containers", []):
        container["image"] = "localhost/tidegate:latest"
    if found["kind"] == "Job":
        return {"apiVersion": "v1", "kind": "Pod", "metadata": found["metadata"], "spec": found["spec"]["template"]["spec"]}
    if found["kind"] == "Deployment":
        found["spec"]["replicas"] = 1
    return found


@contextmanager
def played() -> Iterator[list[str]]:
    """Give the names of the running containers, and take everything away again."""
    objects = [one for one in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")) if one["kind"] in NEEDED]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        yaml.safe_dump_all(list(map(playable, objects)), file)
        file.flush()
        try:
            run("podman", "secret", "create", "tidegate-database", "-", given=secret())
            run("podman", "kube", "play", f"--network={PROJECT}_default", file.name)
            yield podman("ps", "--all", "--format={{.Names}}", "--filter=name=^tidegate-").split()
        finally:
            clean()


def clean() -> None:
    """Take away every pod of this program's own storage, with what the pods used."""
    podman("pod", "rm", "--all", "--force", "--time=1", check=False)
    for kind, name in (("volume", "tidegate-home"), ("secret", "tidegate-database")):
        podman(kind, "rm", name, check=False)


def console_is_ready(name: str) -> bool:
    """Ask the console in its own pod what the readiness probe asks."""
    asked = "import urllib.request as u; u.urlopen('http://127.0.0.1:8750/health/ready', timeout=2)"
    return run("podman", "exec", name, "python", "-c", asked, check=False).returncode == 0


def in_pods() -> float:
    """Run all pods; each as the user of its manifest, migrations at their end; return when the console was ready."""
    with played() as names:
        [web] = [name for name in names if name.endswith("-web")]

        def ready() -> bool:
            return console_is_ready(web)

        seconds = took(ready, 60)
        [migrate] = [name for name in names if name.endswith("-migrate")]
        assert podman("wait", migrate) == "0"
        for part in ("web", "worker", "sealer"):
            [name] = [one for one in names if one.endswith(f"-{part}")]
            told = podman("exec", name, "sh", "-c", "id -u; id -g; touch /x 2>/dev/null || echo read-only")
            assert told.split() == ["10001", "10001", "read-only"], (part, told)
        return seconds
