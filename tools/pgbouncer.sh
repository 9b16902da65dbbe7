#!/usr/bin/env bash
# PgBouncer for the tests that go through a pooler: installed where that is allowed, named as left out where it is not.
set -euo pipefail

if command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get install -y -qq --no-install-recommends pgbouncer || { apt-get update -qq && apt-get install -y -qq --no-install-recommends pgbouncer; }; } >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "left out: the tests through PgBouncer (pgbouncer is not installed; on Debian: apt-get install pgbouncer)"
