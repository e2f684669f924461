-- Who acts in a town, what they may see, and what is remembered of it.
-- Everything here is owned by the town's owner role, which nobody can log in
-- as. The application's role reads and writes only what is granted to
-- daliu_app, and only the rows that the policies show it.

-- +goose Up
-- keyed_pad is a key combined with one value and filled up to the 64 bytes of
-- SHA-256's block, as HMAC asks for (RFC 2104).
-- +goose StatementBegin
create function keyed_pad(key bytea, value integer) returns bytea
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
declare
  pad bytea := decode(repeat(lpad(to_hex(value), 2, '0'), 64), 'hex');
begin
  for i in 0 .. octet_length(key) - 1 loop
    pad := set_byte(pad, i, get_byte(key, i) # value);
  end loop;
  return pad;
end $$;
-- +goose StatementEnd

-- guard_key holds the town's signing key. The serving process holds the same
-- key in memory; SQL sent by the application's role can use it but not read it.
create table guard_key (
  only_row  boolean primary key default true check (only_row),
  key       bytea not null check (octet_length(key) = 32),
  inner_pad bytea not null generated always as (keyed_pad(key, 54)) stored,
  outer_pad bytea not null generated always as (keyed_pad(key, 92)) stored
);

-- seal is the town's signature of a text: HMAC-SHA256 under its key.
-- It is in plpgsql, as all that a request calls is: plpgsql keeps the plans of
-- its statements, a function in SQL plans anew with every call.
-- +goose StatementBegin
create function seal(body text) returns bytea
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  return (select sha256(outer_pad || sha256(inner_pad || convert_to(body, 'UTF8'))) from guard_key);
end $$;
-- +goose StatementEnd

create table person (
  id   integer generated always as identity primary key,
  name text not null check (char_length(name) between 1 and 40)
);

create table account (
  id            integer generated always as identity primary key,
  person_id     integer not null unique references person,
  login         text not null unique check (login ~ '^[a-z][a-z0-9._-]{1,31}$'),
  password_hash text not null check (password_hash like '$argon2id$%'),
  must_change   boolean not null default true,
  disabled_at   timestamptz
);

-- sign_in_count counts the wrong passwords at an account: apart for every
-- browser that has signed in to it before, and in one row, with no device, for
-- all others. Whoever hammers on an account from elsewhere delays only others
-- who come from elsewhere, never its owner at the usual desk.
create table sign_in_count (
  account_id integer not null references account on delete cascade,
  device     bytea not null check (octet_length(device) in (0, 32)),
  failures   integer not null default 0 check (failures >= 0),
  retry_at   timestamptz,
  seen_at    timestamptz not null default now(),
  primary key (account_id, device)
);

-- session keeps the hash of a token, never the token.
create table session (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  account_id integer not null references account on delete cascade,
  opened_at  timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at > opened_at)
);
create index session_account on session (account_id);

-- audit has one row for every change of a record, written by a trigger in the
-- same transaction. account_id is empty for what the operator seeded.
create table audit (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default clock_timestamp(),
  account_id integer,
  noun       text not null,
  action     text not null check (action in ('insert', 'update', 'delete')),
  record     text not null,
  before     jsonb,
  after      jsonb
);

-- access_log has one row for every sign-in, refusal and look at what is not
-- everybody's to see.
create table access_log (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default clock_timestamp(),
  account_id integer,
  event      text not null check (event ~ '^[a-z_]{1,40}$'),
  what       text not null default '' check (char_length(what) <= 200)
);

-- verified_scope returns the transaction's scope if it was signed by enter in
-- this very transaction, and nothing otherwise: a value that injected SQL sets
-- by itself gives no rows.
-- +goose StatementBegin
create function verified_scope() returns text[]
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  raw  text := current_setting('daliu.scope', true);
  body text;
begin
  if coalesce(raw, '') = '' then
    return null;
  end if;
  body := split_part(raw, '#', 1);
  if encode(seal(body), 'hex') is distinct from split_part(raw, '#', 2) then
    return null;
  end if;
  if split_part(body, '|', 1) <> pg_backend_pid()::text
     or split_part(body, '|', 2) <> extract(epoch from transaction_timestamp())::text then
    return null;
  end if;
  return string_to_array(body, '|');
end $$;
-- +goose StatementEnd

-- actor is the account that acts in this transaction, or null.
-- +goose StatementBegin
create function actor() returns integer
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  return (verified_scope())[3]::integer;
end $$;
-- +goose StatementEnd

-- scope_grids are the grid units whose rows this transaction may see: the
-- subtrees of the actor's open posts. It is empty without an actor.
-- +goose StatementBegin
create function scope_grids() returns integer[]
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  return coalesce((verified_scope())[4]::integer[], '{}');
end $$;
-- +goose StatementEnd

-- record_change is the audit trigger of every table of records. Columns named
-- in its arguments are secrets: that they changed is kept, what they hold is not.
-- +goose StatementBegin
create function record_change() returns trigger
language plpgsql security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  kept    jsonb := coalesce(new_row, old_row);
  secret  text;
begin
  if tg_op = 'UPDATE' and old_row = new_row then
    return null;
  end if;
  if tg_nargs > 0 then
    foreach secret in array tg_argv loop
      if old_row is not null and new_row is not null and old_row -> secret is distinct from new_row -> secret then
        old_row := jsonb_set(old_row, array[secret], '"(before)"');
        new_row := jsonb_set(new_row, array[secret], '"(changed)"');
      else
        old_row := old_row - secret;
        new_row := new_row - secret;
      end if;
    end loop;
  end if;
  insert into audit (account_id, noun, action, record, before, after)
  values (actor(), tg_table_name, lower(tg_op), coalesce(kept ->> 'id', kept ->> 'code', kept ->> 'kind', kept ->> 'grid_id', ''), old_row, new_row);
  return null;
end $$;
-- +goose StatementEnd

create trigger record_change after insert or update or delete on person
  for each row execute function record_change();
create trigger record_change after insert or update or delete on account
  for each row execute function record_change('password_hash');

alter table guard_key enable row level security;
alter table person enable row level security;
alter table account enable row level security;
alter table sign_in_count enable row level security;
alter table session enable row level security;
alter table audit enable row level security;
alter table access_log enable row level security;

-- The application writes to the access log and never reads it back here.
create policy access_log_append on access_log for insert to daliu_app
  with check (account_id is not distinct from actor());
grant insert on access_log to daliu_app;

-- +goose Down
drop table access_log, audit, session, sign_in_count, account, person, guard_key cascade;
drop function record_change, scope_grids, actor, verified_scope, seal, keyed_pad;
