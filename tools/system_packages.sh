#!/bin/bash
# Provide what is not a Python package, and print the shell variables that point to it: system_packages.sh test|demo
#
#   demo   OCR data for scans; done without when it cannot be had
#   test   OCR data, a browser, a font and a Redis; a pooler, a false clock and Azurite, where they can be had
#
# What the system has is used. What it lacks is installed by root or by sudo; anybody else downloads Debian's packages
# and unpacks them into .system/root, which needs no rights and touches nothing outside of this folder.
set -euo pipefail

purpose=$1
top=$(cd "$(dirname "$0")/.." && pwd)
root=$top/.system/root
mkdir -p "$top/.system"

say() { echo "$*" >&2; }

first_file() { compgen -G "$1" | head -n 1 || true; }

find_browser() {
    local name path
    for name in "${CHROMIUM_PATH:-}" "$top/.system/bin/chromium" chromium chromium-browser google-chrome; do
        path=$(command -v "${name:-nothing}") || continue
        if [ -x "$path" ]; then echo "$path"; return; fi
    done
}

find_ocr_data() {
    local pattern
    for pattern in "${TESSDATA_PREFIX:-/nowhere}" /usr/share/tesseract-ocr/*/tessdata /usr/share/tessdata \
        "$root"/usr/share/tesseract-ocr/*/tessdata; do
        if [ -r "$pattern/eng.traineddata" ]; then echo "$pattern"; return; fi
    done
}

find_pooler() {
    local name
    for name in "$top/.system/bin/pgbouncer" pgbouncer /usr/sbin/pgbouncer; do
        command -v "$name" && return
    done || true
}

find_false_clock() {
    local pattern
    for pattern in /usr/lib/*-linux-gnu/faketime/libfaketime.so.1 "$root"/usr/lib/*-linux-gnu/faketime/libfaketime.so.1; do
        if [ -r "$pattern" ]; then echo "$pattern"; return; fi
    done
}

find_font() { find /usr/share/fonts "$root/usr/share/fonts" -name '*.ttf' -print -quit 2>/dev/null || true; }

find_redis() {
    local name path
    for name in "${REDIS_SERVER:-}" "$top/.system/bin/redis-server" redis-server; do
        path=$(command -v "${name:-nothing}") || continue
        if [ -x "$path" ]; then echo "$path"; return; fi
    done
}

find_azurite() { compgen -G "$top/.system/azurite/node_modules/azurite/dist/src/blob/main.js" || true; }

missing() {
    [ -n "$(find_ocr_data)" ] || echo tesseract-ocr-eng
    [ "$purpose" = test ] || return 0
    [ -n "$(find_browser)" ] || echo chromium
    [ -n "$(find_font)" ] || echo fonts-dejavu-core
    [ -n "$(find_redis)" ] || echo redis-server
}

# Tests that need these are skipped without them.
missing_extras() {
    [ "$purpose" = test ] || return 0
    [ -n "$(find_pooler)" ] || echo pgbouncer
    [ -n "$(find_false_clock)" ] || echo libfaketime
    command -v ip >/dev/null || [ -x /usr/sbin/ip ] || echo iproute2
    command -v npm >/dev/null || ! may_install || echo nodejs npm
}

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

install_for_all() {
    "$@" apt-get -qq update >&2
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}" >&2 </dev/null
}

# apt-get with folders of our own for all that it writes; what is installed is still read from the system.
private_apt() {
    local state=$top/.system/apt
    mkdir -p "$state"/{lists/partial,archives/partial,log}
    apt-get -qq -o Debug::NoLocking=true -o APT::Sandbox::User="$(id -un)" \
        -o Dir::State="$state" -o Dir::State::lists="$state/lists" \
        -o Dir::State::status="${DPKG_STATUS:-/var/lib/dpkg/status}" \
        -o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o Dir::Log="$state/log" -o APT::Keep-Downloaded-Packages=true "$@" >&2 </dev/null
}

install_for_us() {
    private_apt update
    private_apt install -y --no-install-recommends --download-only "${packages[@]}"
    mkdir -p "$root"
    local package
    for package in "$top"/.system/apt/archives/*.deb; do dpkg -x "$package" "$root"; done
    rm -rf "$top/.system/apt"
    if [ -x "$root/usr/lib/chromium/chromium" ]; then write_browser_wrapper; fi
    if [ -x "$root/usr/sbin/pgbouncer" ]; then write_wrapper usr/sbin/pgbouncer; fi
    if [ -e "$root/usr/bin/redis-server" ]; then write_wrapper usr/bin/redis-server; fi
}

# A program at a path below $root, with the libraries that were unpacked beside it.
write_wrapper() {
    local triplet wrapper
    triplet=$(basename "$(first_file "$root/usr/lib/*-linux-gnu")")
    wrapper=$top/.system/bin/$(basename "$1")
    mkdir -p "$top/.system/bin"
    cat >"$wrapper" <<END
#!/bin/sh
export LD_LIBRARY_PATH='$root/usr/lib/$triplet:$root/lib/$triplet'
exec '$root/$1' "\$@"
END
    chmod +x "$wrapper"
}

write_browser_wrapper() {
    local triplet
    triplet=$(basename "$(first_file "$root/usr/lib/*-linux-gnu")")
    mkdir -p "$top/.system/bin"
    cat >"$top/.system/fonts.conf" <<END
<?xml version="1.0"?>
<fontconfig><dir>$root/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$top/.system/fonts.cache</cachedir></fontconfig>
END
    cat >"$top/.system/bin/chromium" <<END
#!/bin/sh
export LD_LIBRARY_PATH='$root/usr/lib/$triplet:$root/lib/$triplet:$root/usr/lib/$triplet/pulseaudio'
export FONTCONFIG_FILE='$top/.system/fonts.conf'
exec '$root/usr/lib/chromium/chromium' "\$@"
END
    chmod +x "$top/.system/bin/chromium"
}

# Get the packages named by a function; what cannot be had is told of by whoever needs it.
get() {
    mapfile -t packages < <("$1")
    if [ "${#packages[@]}" = 0 ] || ! command -v apt-get >/dev/null; then return; fi
    say "Getting ${packages[*]}"
    if [ "$(id -u)" = 0 ]; then install_for_all || true
    elif sudo -n true 2>/dev/null; then install_for_all sudo -n || true
    else install_for_us || true
    fi
}

# Azurite and what it needs, as its lock file has them; npm's own cache is left alone.
get_azurite() {
    local place=$top/.system/azurite
    if [ "$purpose" != test ] || cmp -s "$top/tools/azurite/package-lock.json" "$place/installed.json"; then return; fi
    rm -rf "$place"
    if command -v npm >/dev/null; then
        say "Getting Azurite"
        cp -R "$top/tools/azurite" "$place"
        (cd "$place" && timeout 180 npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund --loglevel=error \
            --cache "$place/.npm" >&2 </dev/null && cp package-lock.json installed.json) || rm -rf "$place/node_modules"
        rm -rf "$place/.npm"
    fi
    if [ -z "$(find_azurite)" ]; then say "Not found: Azurite, or npm to get it. Some tests are skipped."; fi
}

get missing
get missing_extras
get_azurite

mapfile -t packages < <(missing_extras)
if [ "${#packages[@]}" -gt 0 ]; then say "Not found: ${packages[*]}. Some tests are skipped."; fi
mapfile -t packages < <(missing)
if [ "${#packages[@]}" -gt 0 ]; then
    say "Not found: ${packages[*]}. Install them; on Debian they are called so."
    if [ "$purpose" = test ]; then exit 1; fi
    say "Going on without: scans will have no text."
fi

ocr_data=$(find_ocr_data)
if [ -n "$ocr_data" ]; then printf 'export TESSDATA_PREFIX=%q\n' "$ocr_data"; fi
if [ "$purpose" = test ]; then
    browser=$(find_browser)
    "$browser" --version >/dev/null 2>&1 || { say "$browser does not start."; exit 1; }
    printf 'export CHROMIUM_PATH=%q\n' "$(realpath -s "$browser")"
    printf 'export PGBOUNCER_PATH=%q\n' "$(find_pooler)"
    printf 'export LIBFAKETIME_PATH=%q\n' "$(find_false_clock)"
    printf 'export AZURITE_PATH=%q\n' "$(find_azurite)"
    printf 'export REDIS_SERVER=%q\n' "$(realpath -s "$(find_redis)")"
fi
