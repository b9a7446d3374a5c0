#!/bin/sh
# Makes the environment in the folder $1, with the versions of constraints.txt.
set -eu

venv=$1

find_python() {
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    echo "No Python 3.11 or newer was found. Install one, or name it: make env PYTHON=/path/to/python3" >&2
    return 1
}

has_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

# Debian and Ubuntu ship Python without the module that makes environments.
install_venv() {
    package="$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    if sh scripts/apt_install.sh "$package" && has_venv "$1"; then
        return 0
    fi
    echo "$1 cannot make environments. On Debian or Ubuntu: apt-get install $package" >&2
    return 1
}

if ! "$venv/bin/python" -c '' >/dev/null 2>&1; then
    python="$(find_python)"
    has_venv "$python" || install_venv "$python"
    echo "Making $venv with $python ..."
    "$python" -m venv --clear "$venv"
fi
pip() { "$venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
echo "Installing into $venv (about two minutes the first time) ..."
pip install -c constraints.txt hatchling pyspark
pip install --no-build-isolation -c constraints.txt -e '.[dev,spark]'
