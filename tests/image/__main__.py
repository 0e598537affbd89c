"""Run the image `tidegate` as `deploy/compose/compose.yaml` says, alone, and in pods; assert what `deploy/` promises.

`make image-test` builds the image and calls this. Where systemd is not running, Podman runs no health checks by itself, so they
are run here, and services are started in the order that their `depends_on` asks for.
"""

import json
import re
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.image import pods
from tests.image.engine import COMPOSE, PORT, compose, container, inspected, podman, run, took, within

TOP = Path(__file__).parents[2]
DOCUMENTS = TOP / "src" / "tidegate" / "demo" / "documents"
INGESTED = ("harbour-rules.pdf", "cargo-manifest-scan.png", "dredging-report.docx")
"""Read as PDF, by OCR, and as an office file."""
SERVICES = ("web", "worker", "sealer")
LARGEST_MIB = 350
"""What the image may add to its base."""
STOP_SECONDS = 30


def tell(what: str) -> None:
    """Print one thing that held."""
    print(f"ok  {what}", flush=True)


def the_image_is_small_and_bare() -> None:
    """Its user, its entry, no installer in it, and what it weighs above its base."""
    image, base = inspected("localhost/tidegate"), inspected("localhost/tidegate-base")
    layers = len(image["RootFS"]["Layers"]) - len(base["RootFS"]["Layers"])
    mib = (image["Size"] - base["Size"]) / 2**20
    assert (image["Config"]["User"], image["Config"]["Entrypoint"]) == ("10001:10001", ["tidegate"])
    assert mib < LARGEST_MIB, mib
    told = podman(
        "run",
        "--rm",
        "--network=none",
        "--entrypoint=sh",
        "tidegate",
        "-c",
        "id -u; id -g; stat -c %u:%g:%a ~; command -v pip || true",
    )
    assert told.split() == ["10001", "10001", "10001:10001:700"], told
    assert "Ingest documents" in podman("run", "--rm", "--network=none", "--read-only", "tidegate", "--help")
    tell(f"image: {image['Size'] / 2**20:.0f} MiB, of which {mib:.0f} in {layers} layers above its base; user 10001, no pip")


def a_new_database_is_healthy_only_when_it_answers() -> None:
    """The first start of PostgreSQL serves its own scripts first; whoever came then would lose the connection."""
    compose("up", "--detach", "--no-build", "database")
    seconds = took(lambda: is_healthy("database"), 60)
    compose("up", "--no-build", "--no-deps", "migrate")
    assert inspected(container("migrate"))["State"]["ExitCode"] == 0
    tell(f"database: new, healthy after {seconds:.1f} s; migrated at once")


def everything_starts() -> None:
    """Console, worker and sealer over what was migrated; the console answers and its health check knows it."""
    begun = time.monotonic()
    compose("up", "--detach", "--no-build", "--no-deps", *SERVICES)
    took(lambda: is_ready(PORT), 60)
    seconds = time.monotonic() - begun
    assert is_healthy("web")
    tell(f"compose: console, worker and sealer up, ready after {seconds:.1f} s")


def nobody_can_do_what_they_need_not() -> None:
    """User, capabilities, new privileges and file system, as the kernel and the container tell."""
    for service in SERVICES:
        status = within(service, "cat", "/proc/1/status")
        assert re.search(r"^Uid:\t10001\t10001\t10001\t10001$", status, re.MULTILINE), service
        assert set(re.findall(r"^Cap(?:Prm|Eff|Bnd):\t(\w+)$", status, re.MULTILINE)) == {"0" * 16}, service
        assert "NoNewPrivs:\t1" in status, service
        written = "touch /opt/tidegate/x 2>/dev/null || touch /x 2>/dev/null || touch /tmp/x /var/lib/tidegate/x && echo only"
        assert within(service, "sh", "-c", written) == "only", service
    doctor = within("worker", "tidegate", "doctor")
    assert not re.search(r"^(warn|fail)", doctor, re.MULTILINE), doctor
    tell("containers: user 10001, no capability, no new privileges, read-only but for home and /tmp; doctor finds nothing wrong")


def documents_are_ingested() -> None:
    """By the program outside, over the API, with a person's token; the log is sealed and whole."""
    within("web", "tidegate", "person", "add", "ana", "--role", "power_user")
    token = within("web", "tidegate", "token", "create", "--name", "image", "--person", "ana").split()[-1]
    begun = time.monotonic()
    done = run(
        str(Path(sys.executable).with_name("tidegate")), "ingest", "--wait", "--json", "--server", f"http://127.0.0.1:{PORT}",
        "--token", token, *(str(DOCUMENTS / name) for name in INGESTED),
    )  # fmt: skip
    assert json.loads(done.stdout)["states"] == {"succeeded": len(INGESTED)}, done.stdout
    seconds = time.monotonic() - begun
    assert "manifest" in within("web", "tidegate", "search", "cargo manifest").lower()
    tell(f"documents: PDF, scan and office file succeeded in {seconds:.1f} s; the scan's text is found")


def they_stop_in_time() -> None:
    """By SIGTERM, with the status of an orderly end, long before they would be killed."""
    told = []
    for service in SERVICES:
        begun = time.monotonic()
        podman("stop", "--time", str(STOP_SECONDS), container(service))
        seconds = time.monotonic() - begun
        assert (inspected(container(service))["State"]["ExitCode"], seconds < STOP_SECONDS / 2) == (0, True), (service, seconds)
        told.append(f"{service} {seconds:.1f} s")
    tell(f"stopped by SIGTERM: {', '.join(told)}")


def one_container_is_enough() -> None:
    """`up`, with its embedded database, read-only and without capabilities, too."""
    podman(
        "run", "--detach", "--name", "tidegate-image-up", "--read-only", "--tmpfs=/tmp", "--cap-drop=all", "--network=host",
        "--security-opt=no-new-privileges", "--env", f"TIDEGATE_PORT={PORT + 1}", "tidegate", "up",
    )  # fmt: skip
    seconds = took(lambda: is_ready(PORT + 1), 60)
    podman("stop", "--time", str(STOP_SECONDS), "tidegate-image-up")
    assert inspected("tidegate-image-up")["State"]["ExitCode"] == 0
    tell(f"alone: `up` with its own database ready after {seconds:.1f} s")


def pods_run_it_too() -> None:
    """The manifests' users, secrets, volumes and commands, against the same database."""
    tell(f"pods: migrations, console, worker and sealer of the manifests, ready after {pods.in_pods():.1f} s")


def the_files_are_valid() -> None:
    """Compose as podman-compose reads it, Kubernetes against its published schemas."""
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    assert set(yaml.safe_load(compose("config"))["services"]) == set(services)
    validate = str(TOP / ".system" / "image" / "env" / "bin" / "kubernetes-validate")
    done = run(validate, "--strict", str(TOP / "deploy" / "kubernetes" / "tidegate.yaml"))
    tell(f"files: compose is read whole; {(done.stdout + done.stderr).count('passed')} objects fit the schemas of Kubernetes")


def is_healthy(service: str) -> bool:
    """Tell whether a service's own health check holds now."""
    return run("podman", "healthcheck", "run", container(service), check=False).returncode == 0


def is_ready(port: int) -> bool:
    """Tell whether a server of ours says that it is."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def cleaned() -> Iterator[None]:
    """Leave no container, volume or network behind, before and after."""
    clean()
    try:
        yield
    finally:
        clean()


def clean() -> None:
    """Take away what this program may have made."""
    pods.clean()
    podman("rm", "--force", "--volumes", "--time=0", "tidegate-image-up", check=False)
    compose("down", "--volumes", "--timeout=1", check=False)


CHECKS: tuple[Callable[[], None], ...] = (
    the_files_are_valid, the_image_is_small_and_bare, a_new_database_is_healthy_only_when_it_answers, everything_starts,
    nobody_can_do_what_they_need_not, documents_are_ingested, they_stop_in_time, pods_run_it_too, one_container_is_enough,
)  # fmt: skip


def main() -> int:
    """Go through all checks; the first that does not hold ends it with what was seen."""
    with cleaned():
        for check in CHECKS:
            try:
                check()
            except AssertionError as error:
                print(f"no  {check.__name__}: {error}", file=sys.stderr)
                for service in ("database", *SERVICES):
                    print(podman("logs", "--tail=15", container(service), check=False), file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
