#!/usr/bin/env bash
# Programs that tests start, PostgreSQL and Node.js apart: installed where that is allowed, named as missing where it is not.
set -euo pipefail

# needs <what for> <Debian package> <command>...: any one of the commands will do
needs() {
    local purpose=$1 package=$2 name
    shift 2
    for name in "$@"; do
        if command -v "$name" >/dev/null; then
            return
        fi
    done
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && install "$package"; then
        return
    fi
    echo "missing: $package, for $purpose (on Debian: apt-get install $package)"
}

install() {
    { apt-get install -y -qq --no-install-recommends "$1" || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$1"; }; } >/dev/null 2>&1
}

export DEBIAN_FRONTEND=noninteractive
PATH=$PATH:/usr/sbin
needs "the tests in a browser" chromium chromium chromium-browser google-chrome
needs "the tests through a pooler" pgbouncer pgbouncer
needs "the tests of what the pages of documentation print" curl curl
