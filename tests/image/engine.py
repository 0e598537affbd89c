"""Podman and its Compose, as a program asks them."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = "tidegate-image-test"
COMPOSE = Path(__file__).parents[2] / "deploy" / "compose" / "compose.yaml"
PORT = 8799
PASSWORDS = {f"{role}_PASSWORD": os.urandom(12).hex() for role in ("OWNER", "APP", "SEALER")}
ENVIRONMENT = os.environ | PASSWORDS | {"PORT": str(PORT)}


def run(*words: str, check: bool = True, seconds: float = 120, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program to its end; what it said is raised if it fails."""
    done = subprocess.run(words, check=False, capture_output=True, text=True, input=given, timeout=seconds, env=ENVIRONMENT)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def podman(*words: str, check: bool = True) -> str:
    """Return what podman prints."""
    return run("podman", *words, check=check).stdout.strip()


def compose(*words: str, check: bool = True) -> str:
    """Return what podman-compose prints about the file of `deploy/compose`."""
    program = str(Path(__file__).parents[2] / ".system" / "image" / "env" / "bin" / "podman-compose")
    return run(program, "--in-pod=false", "--project-name", PROJECT, "--file", str(COMPOSE), *words, check=check).stdout


def container(service: str) -> str:
    """Return the name of a service's first container."""
    return f"{PROJECT}_{service}_1"


def inspected(name: str) -> dict[str, Any]:
    """Return what podman knows of a container or an image."""
    [found] = json.loads(podman("inspect", name))
    return dict(found)


def within(service: str, *words: str) -> str:
    """Return what a command prints that is run in a service's container."""
    return podman("exec", container(service), *words)


def took(ready: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds, and return after how many seconds it did."""
    begun = time.monotonic()
    while not ready():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds:g} s: {ready.__name__}")
        time.sleep(0.2)
    return time.monotonic() - begun
