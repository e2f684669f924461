-- People of the town and what they answer for: who holds a post from when until
-- when, who looks after which village, group or households (包联), and how to
-- reach them. Still no row for a resident: somebody is here only by a post.

-- +goose Up
alter table post drop constraint post_kind_check;
alter table post add constraint post_kind_check check (kind in (
  'party_secretary', 'mayor', 'centre_director', 'grid_leader', 'mediator',
  'information_officer', 'volunteer', 'household_head', 'consultation_member', 'town_administrator'));

alter table tenure add column reason text not null default '' check (char_length(reason) <= 100);

-- person_contact is apart from person, because whoever sees a name does not see
-- the number: only its first three and last two digits, until a reason is given.
create table person_contact (
  id     integer primary key references person,
  phone  text not null check (phone ~ '^[0-9]{7,12}$'),
  masked text not null generated always as (left(phone, 3) || '******' || right(phone, 2)) stored
);

-- sponsorship says who answers for a village (包村), a group (包组) or a number of
-- households in a group (包户). Households are counted, never listed.
create table sponsorship (
  id         integer generated always as identity primary key,
  kind       text not null check (kind in ('village_sponsor', 'group_sponsor', 'household_sponsor')),
  grid_id    integer not null references grid_unit,
  person_id  integer not null references person,
  households integer check (households between 1 and 99999),
  begins_on  date not null,
  ends_on    date check (ends_on >= begins_on),
  reason     text not null default '' check (char_length(reason) <= 100),
  check ((kind = 'household_sponsor') = (households is not null))
);
create unique index sponsorship_one on sponsorship (kind, grid_id) where ends_on is null and kind <> 'household_sponsor';
create unique index sponsorship_once on sponsorship (grid_id, person_id) where ends_on is null and kind = 'household_sponsor';
create index sponsorship_person on sponsorship (person_id);

create trigger record_change after insert or update or delete on person_contact
  for each row execute function record_change('phone', 'masked');
create trigger record_change after insert or update or delete on sponsorship
  for each row execute function record_change();
alter table person_contact enable row level security;
alter table sponsorship enable row level security;

-- held_posts are the posts that a person holds today, and what the person
-- sponsors: that gives the sight of a part of the grid as a post does.
-- +goose StatementBegin
create or replace function held_posts(person integer) returns table (post_id integer, kind text, grid_id integer)
language plpgsql stable rows 4 security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  today date := (now() at time zone 'Asia/Shanghai')::date;
begin
  return query
    select post.id, post.kind, post.grid_id
    from tenure
    join post on post.id = tenure.post_id
    where tenure.person_id = person
      and tenure.begins_on <= today and (tenure.ends_on is null or tenure.ends_on > today)
      and post.closed_on is null
    union all
    select null, s.kind, s.grid_id
    from sponsorship s
    where s.person_id = person and s.begins_on <= today and (s.ends_on is null or s.ends_on > today);
end $$;
-- +goose StatementEnd

-- actor_holds tells whether the actor holds a post of one of the kinds today.
-- +goose StatementBegin
create function actor_holds(kinds text[]) returns boolean
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  return exists (select from held_posts(actor_person()) h where h.kind = any (kinds));
end $$;
-- +goose StatementEnd

-- may_appoint tells whether the actor may begin or end what a person holds
-- there: the centre's director everything, the administrator neither the posts
-- that read the whole town nor anything of his own.
-- +goose StatementBegin
create function may_appoint(post_kind text, grid integer, person integer) returns boolean
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  if not grid = any (scope_grids()) then
    return false;
  end if;
  if actor_holds(array['centre_director']) then
    return true;
  end if;
  return actor_holds(array['town_administrator'])
    and person is distinct from actor_person()
    and post_kind not in ('party_secretary', 'mayor', 'centre_director', 'town_administrator')
    and not (post_kind = 'grid_leader' and exists (select from grid_unit g where g.id = grid and g.level = 1));
end $$;
-- +goose StatementEnd

-- roster_people finds who is meant by the names and numbers of a roster. It
-- tells a number only to whoever brought it along.
-- +goose StatementBegin
create function roster_people(names text[], phones text[])
  returns table (id integer, name text, phone text, has_phone boolean)
language plpgsql stable security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  if not actor_holds(array['centre_director', 'town_administrator']) then
    return;
  end if;
  return query
    select p.id, p.name, case when c.phone = any (phones) then c.phone else '' end, c.phone is not null
    from person p left join person_contact c on c.id = p.id
    where p.name = any (names) or c.phone = any (phones)
    order by p.id;
end $$;
-- +goose StatementEnd

-- roster_add begins what its entries say, all or nothing. An entry names a person
-- by id, or by a key of its own a new one. DL403 means that the actor may not,
-- DL409 that there is no such seat or that it is taken.
-- +goose StatementBegin
create function roster_add(entries jsonb) returns integer
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  e      jsonb;
  made   jsonb := '{}';
  whom   integer;
  unit   grid_unit;
  vacant integer;
  starts date;
  added  integer := 0;
begin
  lock table tenure, sponsorship in share row exclusive mode;
  for e in select value from jsonb_array_elements(entries) loop
    whom := coalesce((e ->> 'person')::integer, (made ->> (e ->> 'new'))::integer);
    starts := (e ->> 'begins')::date;
    if not may_appoint(e ->> 'kind', (e ->> 'grid')::integer, whom) then
      raise exception 'may not appoint' using errcode = 'DL403';
    end if;
    if whom is null then
      insert into person (name) values (e ->> 'name') returning id into whom;
      made := made || jsonb_build_object(e ->> 'new', whom);
    end if;
    if coalesce(e ->> 'phone', '') <> '' then
      insert into person_contact as c (id, phone) values (whom, e ->> 'phone')
      on conflict (id) do nothing;
    end if;
    select * into unit from grid_unit g where g.id = (e ->> 'grid')::integer and g.valid_to is null;
    if e ->> 'kind' like '%\_sponsor' then
      if not found or not (case e ->> 'kind' when 'village_sponsor' then unit.level = 2 when 'group_sponsor' then unit.level = 3
           else unit.level = 3 or unit.kind = 'community' end) then
        raise exception 'no such place' using errcode = 'DL409';
      end if;
      insert into sponsorship (kind, grid_id, person_id, households, begins_on)
      values (e ->> 'kind', unit.id, whom, (e ->> 'households')::integer, starts);
    else
      select post.id into vacant from post
      where post.kind = e ->> 'kind' and post.grid_id = unit.id and post.closed_on is null and not exists (
        select from tenure t where t.post_id = post.id and (t.ends_on is null or t.ends_on > starts))
      order by post.seat limit 1;
      if not found and e ->> 'kind' = 'town_administrator' and unit.level = 1 then
        insert into post (kind, grid_id, seat)
        select 'town_administrator', unit.id, coalesce(max(seat), 0) + 1
        from post where kind = 'town_administrator' and grid_id = unit.id
        returning id into vacant;
      end if;
      if vacant is null then
        raise exception 'no vacant seat' using errcode = 'DL409';
      end if;
      insert into tenure (post_id, person_id, begins_on) values (vacant, whom, starts);
    end if;
    added := added + 1;
  end loop;
  return added;
end $$;
-- +goose StatementEnd

-- holding_end ends a tenure or a sponsorship: on its day the post is held no
-- more. Somebody who manages the town's people must remain: DL409 otherwise.
-- +goose StatementBegin
create function holding_end(source text, holding integer, last date, why text) returns void
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  held record;
begin
  if source = 'sponsorship' then
    select s.kind, s.grid_id, s.person_id, s.begins_on, s.ends_on into held from sponsorship s where s.id = holding for update;
  else
    select post.kind, post.grid_id, t.person_id, t.begins_on, t.ends_on into held
    from tenure t join post on post.id = t.post_id where t.id = holding for update of t;
  end if;
  if not found or not may_appoint(held.kind, held.grid_id, held.person_id) then
    raise exception 'may not end' using errcode = 'DL403';
  end if;
  if held.ends_on <= (now() at time zone 'Asia/Shanghai')::date or last < held.begins_on then
    raise exception 'has ended' using errcode = 'DL409';
  end if;
  if source = 'sponsorship' then
    update sponsorship set ends_on = last, reason = why where id = holding;
  else
    update tenure set ends_on = last, reason = why where id = holding;
  end if;
  if held.kind in ('centre_director', 'town_administrator') and not exists (
    select from tenure t
    join post on post.id = t.post_id
    join account a on a.person_id = t.person_id
    where post.kind in ('centre_director', 'town_administrator') and post.closed_on is null and a.disabled_at is null
      and t.begins_on <= last and (t.ends_on is null or t.ends_on > last)) then
    raise exception 'nobody would remain' using errcode = 'DL409';
  end if;
end $$;
-- +goose StatementEnd

-- person_change gives a person another name or number; an empty number leaves
-- the one there is.
-- +goose StatementBegin
create function person_change(person integer, new_name text, new_phone text) returns boolean
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
begin
  if not (actor_holds(array['centre_director']) or actor_holds(array['town_administrator'])
     and not exists (select from held_posts(person) h where h.kind in ('party_secretary', 'mayor', 'centre_director'))) then
    return false;
  end if;
  update person p set name = new_name where p.id = person;
  if not found then
    return false;
  end if;
  if new_phone <> '' then
    insert into person_contact as c (id, phone) values (person, new_phone)
    on conflict (id) do update set phone = excluded.phone where c.phone <> excluded.phone;
  end if;
  return true;
end $$;
-- +goose StatementEnd

-- phone_reveal shows a number to whoever gives a reason, and remembers who asked
-- for whose and why. It is null for who is out of the actor's sight.
-- +goose StatementBegin
create function phone_reveal(person integer, why text) returns text
language plpgsql volatile security definer set search_path = town, pg_catalog, pg_temp as $$
declare
  number text;
begin
  if not actor_holds(array['party_secretary', 'mayor', 'centre_director', 'grid_leader'])
     or char_length(trim(why)) not between 2 and 100
     or not exists (
       select from tenure t join post on post.id = t.post_id
       where t.person_id = person and post.grid_id = any (scope_grids())
       union all
       select from sponsorship s where s.person_id = phone_reveal.person and s.grid_id = any (scope_grids())) then
    return null;
  end if;
  select c.phone into number from person_contact c where c.id = person;
  insert into access_log (account_id, event, what) values (actor(), 'phone_seen', person || ' ' || trim(why));
  return number;
end $$;
-- +goose StatementEnd

create policy sponsorship_read on sponsorship for select to daliu_app
  using (grid_id = any ((select scope_grids())::integer[]));
grant select on sponsorship to daliu_app;
create policy person_read_sponsor on person for select to daliu_app
  using (exists (select from sponsorship s where s.person_id = person.id));
create policy person_contact_read on person_contact for select to daliu_app
  using ((select actor_holds(array['party_secretary', 'mayor', 'centre_director', 'town_administrator', 'grid_leader']))
    and exists (select from person where person.id = person_contact.id));
grant select (id, masked) on person_contact to daliu_app;

revoke execute on function actor_holds(text[]), may_appoint(text, integer, integer), roster_people(text[], text[]), roster_add(jsonb),
  holding_end(text, integer, date, text), person_change(integer, text, text), phone_reveal(integer, text) from public;
grant execute on function actor_holds(text[]), roster_people(text[], text[]), roster_add(jsonb),
  holding_end(text, integer, date, text), person_change(integer, text, text), phone_reveal(integer, text) to daliu_app;

-- +goose Down
drop function phone_reveal, person_change, holding_end, roster_add, roster_people, may_appoint;
drop policy person_read_sponsor on person;
drop table person_contact;
drop function actor_holds;
-- +goose StatementBegin
create or replace function held_posts(person integer) returns table (post_id integer, kind text, grid_id integer)
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
drop table sponsorship;
alter table tenure drop column reason;
