#!/usr/bin/env bash
# Runs once, when the official Postgres image makes its data folder: a role and a database a service.
# A role owns its database and can enter no other.
set -euo pipefail

for service in ingest ai escalation notify projection; do
  variable="${service^^}_PASSWORD"
  psql --username postgres --set ON_ERROR_STOP=1 \
    --set role="$service" --set password="${!variable}" <<'SQL'
create role :"role" login password :'password';
create database :"role" owner :"role";
revoke all on database :"role" from public;
SQL
  psql --username postgres --dbname "$service" --set ON_ERROR_STOP=1 <<'SQL'
create extension if not exists pg_trgm;
create extension if not exists vector;
SQL
done
