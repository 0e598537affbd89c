#!/bin/bash
# Build the container image: build.sh TAG [BASE]. By Docker where its engine answers, else by Buildah.
#
# PIP_CONF   a pip.conf for a private index; it is a secret of the build, and in no layer
# PIP_CERT   certificates to trust instead of pip's own; within the build they are /run/secrets/ca
set -euo pipefail
cd "$(dirname "$0")/../.."

arguments=(--file deploy/Dockerfile --tag "$1")
if [ -n "${2:-}" ]; then arguments+=(--build-arg "BASE=$2"); fi

configuration=${PIP_CONF:-}
if [ -n "${PIP_CERT:-}" ]; then
    arguments+=(--secret "id=ca,src=$PIP_CERT")
    if [ -z "$configuration" ]; then
        configuration=$(mktemp)
        trap 'rm -f "$configuration"' EXIT
        printf '[global]\ncert = /run/secrets/ca\n' >"$configuration"
    fi
fi
if [ -n "$configuration" ]; then arguments+=(--secret "id=pip,src=$configuration"); fi

if docker info >/dev/null 2>&1; then
    docker build "${arguments[@]}" .
elif command -v buildah >/dev/null; then
    buildah bud --layers --network host "${arguments[@]}" .
else
    echo "No engine of Docker answers, and Buildah is not installed (Debian: buildah)." >&2
    exit 1
fi
