#!/bin/bash
# As root on Debian: build the image over a Debian made here, run it as deploy/ says, and tell what was found. No registry is asked.
#
# Everything is kept in .system/image, also from one run to the next; what Debian's packages put on the machine stays there.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
own=$top/.system/image
suite=${SUITE:-trixie}

if [ "$(id -u)" != 0 ]; then echo "This needs root: it makes a Debian and runs containers." >&2; exit 1; fi
mkdir -p "$own"

packages=(buildah podman runc netavark aardvark-dns iptables catatonit mmdebstrap)
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}" </dev/null
fi

at_most() { local hard; hard=$(ulimit -H "$1"); if [ "$hard" = unlimited ] || [ "$hard" -gt "$2" ]; then echo "$2"; else echo "$hard"; fi; }

cat >"$own/containers.conf" <<END
[containers]
default_ulimits = ["nofile=$(at_most -n 8192):$(at_most -n 8192)", "nproc=$(at_most -u 8192):$(at_most -u 8192)"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[network]
network_backend = "netavark"
END
cat >"$own/storage.conf" <<END
[storage]
driver = "${STORAGE_DRIVER:-overlay}"
graphroot = "$own/storage"
runroot = "/run/tidegate-image"
END
export CONTAINERS_CONF=$own/containers.conf CONTAINERS_STORAGE_CONF=$own/storage.conf
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-oci} BUILDAH_RUNTIME=runc

if ! podman image exists localhost/tidegate-base; then
    echo "Making a Debian $suite with Python"
    ram=$(mktemp -d)
    mount -t tmpfs -o size=2g,mode=755 none "$ram"  # dpkg waits for the disk after each file
    trap 'umount "$ram"; rmdir "$ram"' EXIT
    TMPDIR=$ram mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,python-is-python3,ca-certificates \
        "$suite" "$ram/base.tar" ${MIRROR:-}
    podman import --quiet --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        "$ram/base.tar" localhost/tidegate-base >/dev/null
    umount "$ram"
    rmdir "$ram"
    trap - EXIT
fi

"$top/tools/image/build.sh" tidegate localhost/tidegate-base >"$own/build.log" 2>&1 || { cat "$own/build.log"; exit 1; }
buildah bud --layers --network host --tag postgres:17 "$top/tools/image/postgres" \
    >"$own/postgres.log" 2>&1 || { cat "$own/postgres.log"; exit 1; }

if [ "$own/env/made" -ot "$top/requirements/image.txt" ]; then
    "$top/tools/make_venv.sh" "$top/.venv/bin/python" "$own/env"
    "$own/env/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r "$top/requirements/image.txt"
    touch "$own/env/made"
fi

cd "$top"
.venv/bin/python -m tests.image
