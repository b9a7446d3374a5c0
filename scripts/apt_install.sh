#!/bin/sh
# Installs Debian packages where that can be done without asking: as root, or with a sudo that needs no password.
set -eu

command -v apt-get >/dev/null 2>&1 || exit 1
if [ "$(id -u)" -eq 0 ]; then
    as_root=env
elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n env"
else
    exit 1
fi
echo "Installing the system packages: $* ..."
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! { $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 ||
    { $as_root apt-get update >"$log" 2>&1 &&
        $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1; }; }; then
    tail -n 3 "$log" >&2
    exit 1
fi
