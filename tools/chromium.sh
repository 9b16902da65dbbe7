#!/usr/bin/env bash
# Chromium for the tests in a browser: installed where that is allowed, named as missing where it is not.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get install -y -qq --no-install-recommends chromium || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }; } >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "missing: chromium, for the tests in a browser (on Debian: apt-get install chromium)"
