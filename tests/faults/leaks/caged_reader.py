"""Handlers for a caged child that say what they should not: on both outputs, in what they raise, and as they die."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from tidegate.pipeline.cage.child import Document, Handler, Report


def blurt(document: Document, arguments: Mapping[str, Any], report: Report) -> Any:
    sys.stderr.write(f"reading {arguments['canary']}\n")
    sys.stdout.write(f"reading {arguments['canary']}\n")
    raise RuntimeError(arguments["canary"])


def die(document: Document, arguments: Mapping[str, Any], report: Report) -> Any:
    os.write(2, f"dying of {arguments['canary']}\n".encode())
    os.abort()


HANDLERS: Mapping[str, Handler] = {"blurt": blurt, "die": die}
