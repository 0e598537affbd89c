#!/bin/sh
# Print the first Python that is 3.11 or newer and can make a virtual environment.
for candidate in python3.11 python3 python3.12 python3.13 python3.14 /usr/bin/python3 /usr/local/bin/python3; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    if "$path" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$path"
        exit 0
    fi
done
echo "Python 3.11 or newer is needed, with its venv module (Debian: python3 python3-venv)." >&2
exit 1
