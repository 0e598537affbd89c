#!/bin/sh
# Make a virtual environment with pip in it: make_venv.sh PYTHON FOLDER.
# Debian ships Python without ensurepip unless python3-venv is installed; pip is then taken from what is at hand.
set -eu
python=$1
folder=$2
rm -rf "$folder"
if "$python" -c 'import ensurepip; ensurepip.version()' 2>/dev/null; then
    "$python" -m venv "$folder"
elif "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --without-pip "$folder"
    "$python" -m pip --python "$folder/bin/python" install --quiet pip
elif command -v uv >/dev/null 2>&1; then
    uv venv --quiet --seed --python "$python" "$folder"
else
    echo "$python cannot make an environment with pip. Install Debian's python3-venv, or uv." >&2
    exit 1
fi
