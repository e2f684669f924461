-- The functions through which the application signs people in. They are the
-- only way from its role to accounts and sessions.

-- +goose Up

-- readiness says which town this database is and which migration it stands at;
-- nothing in it is about a person, so it needs no actor.
create function readiness() returns table (uid text, code text, version bigint)
language sql stable security definer set search_path = town, pg_catalog, pg_temp
as 'select uid, code, (select max(version_id) from goose_db_version where is_applied) from town';

-- sign_in_account finds the account that a login name belongs to.
create function sign_in_account(wanted text)
  returns table (id integer, password_hash text, failures integer, retry_at timestamptz, disabled boolean)
language sql stable security definer set search_path = town, pg_catalog, pg_temp
as 'select id, password_hash, failures, retry_at, disabled_at is not null from account where login = wanted';

-- sign_in_refused counts a wrong password and sets when the next try is heard.
create function sign_in_refused(account_id integer, next_try timestamptz) returns void
language sql volatile security definer set search_path = town, pg_catalog, pg_temp
as 'update account set failures = failures + 1, retry_at = next_try where id = account_id;
    insert into access_log (account_id, event) values (account_id, ''sign_in_refused'')';

-- session_open stores a session that the serving process has signed with the
-- town's key, so that injected SQL cannot open one for somebody else.
-- +goose StatementBegin
create function session_open(account_id integer, token_hash bytea, expires_at timestamptz, signature bytea) returns boolean
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  if hmac(convert_to(account_id::text || '|' || encode(token_hash, 'hex') || '|'
       || floor(extract(epoch from expires_at))::bigint::text, 'UTF8'),
       (select key from guard_key), 'sha256') <> signature then
    return false;
  end if;
  delete from session s where s.account_id = session_open.account_id and s.expires_at < now();
  insert into session (token_hash, account_id, expires_at)
  values (session_open.token_hash, session_open.account_id, session_open.expires_at);
  update account a set failures = 0, retry_at = null where a.id = session_open.account_id;
  insert into access_log (account_id, event) values (session_open.account_id, 'sign_in');
  return true;
end $$;
-- +goose StatementEnd

-- enter makes the account behind a session token the actor of this
-- transaction and tells who that is. No row means: nobody is signed in.
-- +goose StatementBegin
create function enter(token bytea)
  returns table (account_id integer, login text, person_name text, must_change boolean, posts text[])
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  who   record;
  grids integer[];
  body  text;
begin
  select a.id, a.login, p.id as person_id, p.name, a.must_change into who
  from session s
  join account a on a.id = s.account_id
  join person p on p.id = a.person_id
  where s.token_hash = sha256(token) and s.expires_at > now() and a.disabled_at is null;
  if not found then
    perform set_config('daliu.scope', '', true);
    return;
  end if;
  with recursive held as (
    select post.kind, post.grid_id
    from tenure
    join post on post.id = tenure.post_id
    where tenure.person_id = who.person_id
      and tenure.begins_on <= current_date
      and (tenure.ends_on is null or tenure.ends_on > current_date)
      and post.closed_on is null
  ), subtree as (
    select grid_id as id from held
    union
    select g.id from grid_unit g join subtree on g.parent_id = subtree.id
  )
  select array(select id from subtree order by id), array(select distinct kind from held order by kind)
  into grids, posts;
  body := concat_ws('|', pg_backend_pid(), extract(epoch from transaction_timestamp()), who.id, grids);
  perform set_config('daliu.scope',
    body || '#' || encode(hmac(convert_to(body, 'UTF8'), (select key from guard_key), 'sha256'), 'hex'), true);
  account_id := who.id;
  login := who.login;
  person_name := who.name;
  must_change := who.must_change;
  return next;
end $$;
-- +goose StatementEnd

-- session_close ends the session of a token.
create function session_close(token bytea) returns void
language sql volatile security definer set search_path = town, pg_catalog, pg_temp
as 'insert into access_log (account_id, event) select account_id, ''sign_out'' from session where token_hash = sha256(token);
    delete from session where token_hash = sha256(token)';

-- own_password_hash is the actor's, to check the old password against.
create function own_password_hash() returns text
language sql stable security definer set search_path = town, pg_catalog, pg_temp
as 'select password_hash from account where id = actor()';

-- own_password_set replaces the actor's password and ends every session of the
-- account, so that the page signs in anew with a fresh token.
-- +goose StatementBegin
create function own_password_set(new_hash text) returns boolean
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  update account set password_hash = new_hash, must_change = false where id = actor();
  if not found then
    return false;
  end if;
  delete from session where session.account_id = actor();
  insert into access_log (account_id, event) values (actor(), 'password_changed');
  return true;
end $$;
-- +goose StatementEnd

revoke execute on all functions in schema town from public;
grant execute on function
  readiness(), sign_in_account(text), sign_in_refused(integer, timestamptz),
  session_open(integer, bytea, timestamptz, bytea), enter(bytea), session_close(bytea),
  own_password_hash(), own_password_set(text), actor(), scope_grids()
  to daliu_app;

-- +goose Down
drop function readiness, sign_in_account, sign_in_refused, session_open, enter, session_close, own_password_hash, own_password_set;
