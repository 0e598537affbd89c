#!/bin/sh
set -eu
# A new database is first served on its socket alone, while the scripts run.
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    umask 077
    echo "$POSTGRES_PASSWORD" >/tmp/password
    initdb --username "$POSTGRES_USER" --pwfile /tmp/password --auth-host scram-sha-256 --auth-local trust --encoding UTF8 >/dev/null
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl --wait --log /tmp/log --options "-c listen_addresses='' -k /var/run/postgresql" start >/dev/null
    export PGHOST=/var/run/postgresql
    createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
    for script in /docker-entrypoint-initdb.d/*.sh; do sh "$script"; done
    unset PGHOST
    pg_ctl --wait stop >/dev/null
fi
exec postgres -c listen_addresses='*' -k /var/run/postgresql
