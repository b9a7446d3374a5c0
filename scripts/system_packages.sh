#!/bin/sh
# Sees to what the tests need beside Python, and says what stays untested without it.
set -eu

mac_chrome="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
mac_chromium="/Applications/Chromium.app/Contents/MacOS/Chromium"

has_browser() {
    if [ -n "${CHROMIUM:-}" ]; then
        command -v "$CHROMIUM" >/dev/null 2>&1
        return
    fi
    for name in chromium chromium-browser google-chrome google-chrome-stable "$mac_chrome" "$mac_chromium"; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

has_browser && exit 0
sh scripts/apt_install.sh chromium && has_browser && exit 0
echo "Missing: Chromium. Untested without it: that the report page works in a browser." >&2
echo "To test that too, install Chromium or Google Chrome (Debian: apt-get install chromium), or name one: CHROMIUM=/path." >&2
[ "${CI:-}" != "true" ]
