-- The functions through which the application signs people in. They are the
-- only way from its role to accounts and sessions, and those that matter take
-- a proof: a signature that only the serving process can make, so that injected
-- SQL can neither read a password's hash nor open a session for somebody else.

-- +goose Up

-- proven tells whether the serving process, which alone holds the town's key
-- outside this database, stands behind a statement.
-- +goose StatementBegin
create function proven(statement text, proof bytea) returns boolean
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  return coalesce(seal(statement) = proof, false);
end $$;
-- +goose StatementEnd

-- readiness says which town this database is and which migration it stands at;
-- nothing in it is about a person, so it needs no actor.
create function readiness() returns table (uid text, code text, name text, version bigint)
language sql stable security definer set search_path = town, pg_catalog, pg_temp
as 'select uid, code, name, (select max(version_id) from goose_db_version where is_applied) from town';

-- held_posts are the posts that a person holds today.
-- +goose StatementBegin
create function held_posts(person integer) returns table (post_id integer, kind text, grid_id integer)
language plpgsql stable rows 4 security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  return query
    select post.id, post.kind, post.grid_id
    from tenure
    join post on post.id = tenure.post_id
    where tenure.person_id = person
      and tenure.begins_on <= (now() at time zone 'Asia/Shanghai')::date
      and (tenure.ends_on is null or tenure.ends_on > (now() at time zone 'Asia/Shanghai')::date)
      and post.closed_on is null;
end $$;
-- +goose StatementEnd

-- sign_in_try counts a try at an account before its password is looked at, so
-- that tries side by side count as many, and hands out the hash to check it
-- against. It gives no row for a login that nobody may use, and a row with
-- retry_at and no hash while the wait after the last wrong tries lasts. waits
-- are the seconds to wait after one, two, … wrong tries; the last goes on.
-- +goose StatementBegin
create function sign_in_try(wanted text, from_device bytea, tried_at timestamptz, waits integer[], proof bytea)
  returns table (account_id integer, password_hash text, known boolean, retry_at timestamptz)
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  counted sign_in_count;
begin
  if not proven(concat_ws('|', 'try', wanted, encode(from_device, 'hex'),
       floor(extract(epoch from tried_at))::bigint, array_to_string(waits, ',')), proof) then
    return;
  end if;
  select a.id, a.password_hash into account_id, password_hash
  from account a
  where a.login = wanted and a.disabled_at is null and exists (select from held_posts(a.person_id));
  if not found then
    return;
  end if;
  select * into counted from sign_in_count c
  where c.account_id = sign_in_try.account_id and c.device = from_device for update;
  known := found and octet_length(from_device) > 0;
  if not known then
    insert into sign_in_count (account_id, device) values (sign_in_try.account_id, '') on conflict do nothing;
    select * into counted from sign_in_count c
    where c.account_id = sign_in_try.account_id and c.device = '' for update;
  end if;
  if counted.retry_at > tried_at then
    password_hash := null;
    retry_at := counted.retry_at;
    return next;
    return;
  end if;
  update sign_in_count c
  set failures = c.failures + 1, seen_at = tried_at,
      retry_at = tried_at + make_interval(secs => waits[least(c.failures + 1, array_length(waits, 1))])
  where c.account_id = counted.account_id and c.device = counted.device;
  insert into access_log (account_id, event) values (counted.account_id, 'sign_in_try');
  return next;
end $$;
-- +goose StatementEnd

-- session_open stores a session that the serving process stands behind,
-- forgives the tries that were counted for it, and remembers the browser. The
-- ten browsers used last are remembered, for half a year.
-- +goose StatementBegin
create function session_open(account_id integer, token_hash bytea, from_device bytea, expires_at timestamptz, proof bytea)
  returns boolean
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  if not proven(concat_ws('|', 'session', account_id, encode(token_hash, 'hex'), encode(from_device, 'hex'),
       floor(extract(epoch from expires_at))::bigint), proof) then
    return false;
  end if;
  delete from session s where s.account_id = session_open.account_id and s.expires_at <= now();
  insert into session (token_hash, account_id, expires_at)
  values (session_open.token_hash, session_open.account_id, session_open.expires_at);
  if not exists (select from sign_in_count c
                 where c.account_id = session_open.account_id and c.device = from_device) then
    update sign_in_count c set failures = 0, retry_at = null
    where c.account_id = session_open.account_id and c.device = '';
  end if;
  insert into sign_in_count as c (account_id, device) values (session_open.account_id, from_device)
  on conflict on constraint sign_in_count_pkey do update set failures = 0, retry_at = null, seen_at = now();
  delete from sign_in_count c
  where c.account_id = session_open.account_id and c.device <> ''
    and (c.seen_at < now() - interval '180 days' or c.device not in (
      select l.device from sign_in_count l
      where l.account_id = session_open.account_id and l.device <> ''
      order by l.seen_at desc limit 10));
  insert into access_log (account_id, event) values (session_open.account_id, 'sign_in');
  return true;
end $$;
-- +goose StatementEnd

-- enter makes the account behind a session token the actor of this
-- transaction and tells who that is. No row means: nobody is signed in. An
-- account without a post today is nobody.
-- +goose StatementBegin
create function enter(token bytea)
  returns table (account_id integer, person_id integer, login text, person_name text, must_change boolean, posts text[])
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  grids integer[];
  body  text;
begin
  perform set_config('daliu.scope', '', true);
  select a.id, p.id, a.login, p.name, a.must_change
  into account_id, person_id, login, person_name, must_change
  from session s
  join account a on a.id = s.account_id
  join person p on p.id = a.person_id
  where s.token_hash = sha256(token) and s.expires_at > now() and a.disabled_at is null;
  if not found then
    return;
  end if;
  with recursive held as (
    select h.kind, h.grid_id from held_posts(enter.person_id) h
  ), subtree as (
    select grid_id as id from held
    union
    select g.id from grid_unit g join subtree on g.parent_id = subtree.id
  )
  select array(select id from subtree order by id), array(select distinct kind from held order by kind)
  into grids, posts;
  if cardinality(posts) = 0 then
    return;
  end if;
  body := concat_ws('|', pg_backend_pid(), extract(epoch from transaction_timestamp()), account_id, grids);
  perform set_config('daliu.scope',
    body || '#' || encode(seal(body), 'hex'), true);
  return next;
end $$;
-- +goose StatementEnd

-- actor_person is the person behind the actor, or null.
-- +goose StatementBegin
create function actor_person() returns integer
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  return (select person_id from account where id = actor());
end $$;
-- +goose StatementEnd

-- session_close ends the session of a token.
-- +goose StatementBegin
create function session_close(token bytea) returns void
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  closed integer;
begin
  delete from session where token_hash = sha256(token) returning account_id into closed;
  if found then
    insert into access_log (account_id, event) values (closed, 'sign_out');
  end if;
end $$;
-- +goose StatementEnd

-- own_password_set replaces the actor's password and ends every session of the
-- account; the page signs in anew with a fresh token in the same transaction.
-- +goose StatementBegin
create function own_password_set(new_hash text, proof bytea) returns boolean
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  if not proven(concat_ws('|', 'password', actor(), new_hash), proof) then
    return false;
  end if;
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
  readiness(), proven(text, bytea), sign_in_try(text, bytea, timestamptz, integer[], bytea),
  session_open(integer, bytea, bytea, timestamptz, bytea), enter(bytea), session_close(bytea),
  own_password_set(text, bytea), actor(), actor_person(), scope_grids()
  to daliu_app;

-- +goose Down
drop function own_password_set, session_close, actor_person, enter, session_open, sign_in_try, held_posts, readiness, proven;
