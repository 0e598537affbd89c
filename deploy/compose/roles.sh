#!/bin/sh
# Run once by the image of PostgreSQL, over a new database: the roles that own nothing, by the names that the migrations know.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set app="$APP_PASSWORD" --set sealer="$SEALER_PASSWORD" <<'SQL'
CREATE ROLE tidegate_app LOGIN PASSWORD :'app';
CREATE ROLE tidegate_sealer LOGIN PASSWORD :'sealer';
REVOKE ALL ON DATABASE tidegate FROM PUBLIC;
GRANT CONNECT ON DATABASE tidegate TO tidegate_app, tidegate_sealer;
SQL
