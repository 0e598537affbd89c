"""The command line. Each command is thin: it reads its words, asks `operations`, and prints the answer."""

from tidegate.cli.application import main

__all__ = ["main"]
