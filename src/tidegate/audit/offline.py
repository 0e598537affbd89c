"""Verification from a shell that has nothing but Python and `cryptography`: of an export or of a receipt."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tidegate.audit.keys import BadKey, read_keys
from tidegate.audit.lines import read_all
from tidegate.audit.receipt import is_receipt, verify_receipt
from tidegate.audit.verify import verify


def main(arguments: Sequence[str]) -> int:
    """Verify a file and return the exit status: 0 sound, 1 not sound, 2 not readable."""
    parser = argparse.ArgumentParser(prog="python -m tidegate.audit.verify", description="Verify an audit log or a receipt.")
    parser.add_argument("file", type=Path, help="an export (JSONL) or a receipt (JSON)")
    parser.add_argument("--key", type=Path, action="append", default=[], help="public keys that you trust, one vkey a line")
    parser.add_argument("--expect", type=Path, action="append", default=[], help="a checkpoint that you kept elsewhere")
    chosen = parser.parse_args(arguments)
    try:
        trusted = [key for path in chosen.key for key in read_keys(path)]
        expected = [path.read_text(encoding="utf-8") for path in chosen.expect]
        if is_receipt(chosen.file):
            proven = verify_receipt(chosen.file.read_text(encoding="utf-8"), trusted)
            told, sound = proven.lines(), proven.is_valid
        else:
            with chosen.file.open(encoding="utf-8", errors="surrogateescape") as file:
                report = verify(read_all(file), trusted, expected)
            told, sound = report.lines(), report.is_sound
    except (OSError, BadKey, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("\n".join(told) + "\n")
    return 0 if sound else 1
