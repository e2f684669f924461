-- Accounts: the centre's director and the administrator open them for people of
-- the town. Only the serving process can set a password: it signs the hash.

-- +goose Up

-- may_keep_account tells whether the actor may open, reset or disable somebody's
-- account: never the own one, and the administrator none of those who read the
-- whole town, or he could sign in as them.
-- +goose StatementBegin
create function may_keep_account(person integer) returns boolean
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  if person is null or person = actor_person() then
    return false;
  end if;
  return actor_holds(array['centre_director']) or actor_holds(array['town_administrator']) and not exists (
    select from held_posts(person) h left join grid_unit g on g.id = h.grid_id
    where h.kind in ('party_secretary', 'mayor', 'centre_director', 'town_administrator')
       or h.kind = 'grid_leader' and g.level = 1);
end $$;
-- +goose StatementEnd

-- account_issue gives somebody a one-time password, and an account where there
-- is none yet. Whoever was signed in to it is not any more.
-- +goose StatementBegin
create function account_issue(person integer, new_login text, new_hash text, proof bytea) returns boolean
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  issued integer;
begin
  if not may_keep_account(person) or not proven(concat_ws('|', 'issue', actor(), person, new_login, new_hash), proof) then
    return false;
  end if;
  update account a set password_hash = new_hash, must_change = true where a.person_id = person returning a.id into issued;
  if not found then
    insert into account (person_id, login, password_hash) values (person, new_login, new_hash) returning id into issued;
  end if;
  delete from session s where s.account_id = issued;
  delete from sign_in_count c where c.account_id = issued;
  insert into access_log (account_id, event, what) values (actor(), 'password_issued', person::text);
  return true;
end $$;
-- +goose StatementEnd

-- account_switch disables or enables somebody's account.
-- +goose StatementBegin
create function account_switch(person integer, enabled boolean) returns boolean
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  switched integer;
begin
  if not may_keep_account(person) then
    return false;
  end if;
  update account a set disabled_at = case when enabled then null else coalesce(a.disabled_at, now()) end
  where a.person_id = person returning a.id into switched;
  if not enabled then
    delete from session s where s.account_id = switched;
  end if;
  return switched is not null;
end $$;
-- +goose StatementEnd

create policy account_read on account for select to daliu_app
  using ((select actor_holds(array['centre_director', 'town_administrator'])));
grant select (id, person_id, login, must_change, disabled_at) on account to daliu_app;

revoke execute on function may_keep_account(integer), account_issue(integer, text, text, bytea), account_switch(integer, boolean) from public;
grant execute on function account_issue(integer, text, text, bytea), account_switch(integer, boolean) to daliu_app;

-- +goose Down
drop policy account_read on account;
revoke select (id, person_id, login, must_change, disabled_at) on account from daliu_app;
drop function account_switch, account_issue, may_keep_account;
