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

# On a Mac there is a java that only tells where to get one.
has_java() { "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version >/dev/null 2>&1; }

# Debian keeps servers where an ordinary user does not look.
has_mariadb() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v mariadbd >/dev/null 2>&1; }

missing=no
if ! has_browser && ! { sh scripts/apt_install.sh chromium && has_browser; }; then
    missing=yes
    echo "Missing: Chromium. Untested without it: that the report page works in a browser." >&2
    echo "To test that too, install Chromium or Google Chrome (Debian: apt-get install chromium), or name one: CHROMIUM=/path." >&2
fi
if ! has_java && ! { sh scripts/apt_install.sh openjdk-17-jre-headless && has_java; }; then
    missing=yes
    echo "Missing: Java. Untested without it: that the engine spark gives the answers of the local one." >&2
    echo "To test that too, install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless), or name one: JAVA_HOME=/path." >&2
fi
if ! has_mariadb && ! { sh scripts/apt_install.sh mariadb-server-core && has_mariadb; }; then
    missing=yes
    echo "Missing: MariaDB. Untested without it: that tables of MySQL and MariaDB are read exactly." >&2
    echo "To test that too, install MariaDB's server (Debian: apt-get install mariadb-server-core)." >&2
fi
[ "$missing" = no ] || [ "${CI:-}" != "true" ]
