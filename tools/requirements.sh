#!/bin/sh
# Pin requirements/*.in with hashes. The output names packages and hashes only, never where they were downloaded from.
# One version of each package for every Python ("fewest"), so that nobody runs what was not tested.
set -eu
cd "$(dirname "$0")/../requirements"
uv=${UV:-../.venv/bin/uv}

pin() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header "$@"
}

pin run.in -o run.txt
pin build.in -c run.txt -o build.txt
pin dev.in -o dev.txt
pin image.in -o image.txt
