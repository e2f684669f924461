-- Prepares a PostgreSQL server (15 or newer) for towns. A database administrator
-- runs it once per server, as a superuser; running it again changes nothing that
-- is already right, and repairs what is not.
--
--     DALIU_OPERATOR_PASSWORD=… psql -X -d postgres -f bootstrap.sql
--
-- The password goes through the environment because every user of the machine
-- can read a command line. It may be left out when the role exists: then the
-- role keeps the one it has.

\set ON_ERROR_STOP on
\set QUIET on
set client_min_messages = warning;

-- A REVOKE by anyone but a superuser only warns and reports success, so the
-- file refuses to go on rather than leave a server that looks hardened.
do $$
begin
  if current_setting('is_superuser') <> 'on' then
    raise exception 'run this file as a superuser, not as %', current_user;
  end if;
  if current_setting('server_version_num')::int < 150000 then
    raise exception 'PostgreSQL % is too old: towns need 15 or newer', current_setting('server_version');
  end if;
end $$;

-- The statement that sets the password must not reach the server's log.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

-- The operator makes towns' databases and roles, and is deliberately no
-- superuser: it reaches a town only through that town's own roles.
select 'create role daliu_operator'
where not exists (select from pg_roles where rolname = 'daliu_operator')
\gexec
alter role daliu_operator login createdb createrole nosuperuser noreplication nobypassrls inherit;

\if :{?operator_password}
\else
  \getenv operator_password DALIU_OPERATOR_PASSWORD
\endif
\if :{?operator_password}
  alter role daliu_operator password :'operator_password';
  \unset operator_password
\endif
do $$
begin
  if (select rolpassword is null from pg_authid where rolname = 'daliu_operator') then
    raise exception 'set DALIU_OPERATOR_PASSWORD: the role daliu_operator has no password yet';
  end if;
end $$;

-- Roles that belong to no single town; nobody logs in as them.
--   daliu_template  owns the objects of the templates that towns are cloned from,
--                   so that a clone can be handed over with REASSIGN OWNED.
--   daliu_app       carries the table privileges of every town's application: they
--                   are granted once in the template, not once per town.
--   daliu_rollup    reads the numbers of a town, and never a person's row.
select format('create role %I', wanted)
from unnest(array['daliu_template', 'daliu_app', 'daliu_rollup']) wanted
where not exists (select from pg_roles where rolname = wanted)
\gexec
alter role daliu_template nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role daliu_app nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role daliu_rollup nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

-- ADMIN OPTION lets the operator make a town's roles members of these. From
-- PostgreSQL 16 on CREATEROLE alone no longer does.
grant daliu_template, daliu_app, daliu_rollup to daliu_operator with admin option;

-- Ending a town waits for no session of its own logins: it ends them. The role
-- can't end a superuser's.
grant pg_signal_backend to daliu_operator;

-- By default every role may connect to every database, and make temporary
-- tables there. A town's login must reach its own database and nothing else.
revoke all on database postgres, template1 from public;
-- The operator's own sessions live here.
grant connect on database postgres to daliu_operator;

-- Templates are baked from this empty database. It comes from template0, so
-- nothing that was left in template1 reaches a town, and it has a UTF-8 ctype:
-- under LC_CTYPE=C the trigram index would hold no Chinese character.
\if :{?locale}
\else
  \set locale C.UTF-8
\endif
select format('create database daliu_base owner daliu_operator template template0 encoding ''UTF8''
               lc_collate %L lc_ctype %L allow_connections false', :'locale', :'locale')
where not exists (select from pg_database where datname = 'daliu_base')
\gexec
alter database daliu_base owner to daliu_operator;

-- Closed to strangers first, opened only for the few lines below.
revoke all on database daliu_base from public;
alter database daliu_base with allow_connections true;
\connect daliu_base

-- Large objects have no row security, no audit and no quota, and every role may
-- make them. The privileges on functions live in the database and are cloned
-- with it, so revoking them here revokes them in every town to come.
do $$
declare
  one regprocedure;
begin
  for one in
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and (p.proname like 'lo\_%' or p.proname in ('loread', 'lowrite'))
  loop
    execute format('revoke execute on function %s from public', one);
  end loop;
end $$;

\connect postgres
-- is_template lets a role that may create databases clone it without owning it;
-- a template must have no session, so it admits none.
alter database daliu_base with is_template true allow_connections false;
