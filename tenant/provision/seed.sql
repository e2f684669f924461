-- The charter becomes rows, set by set. Every statement leaves alone what is
-- right already, so that a second run writes nothing. The charter is read from
-- the setting daliu.charter.

insert into town (uid, code, name, description, model, model_spec)
select current_setting('daliu.uid'), c ->> 'code', c ->> 'name', coalesce(c ->> 'description', ''),
       current_setting('daliu.model'), current_setting('daliu.model_spec')::jsonb
from (select current_setting('daliu.charter')::jsonb) x(c)
on conflict (only_row) do update
set uid = excluded.uid, name = excluded.name, description = excluded.description,
    model = excluded.model, model_spec = excluded.model_spec
where (town.uid, town.name, town.description, town.model, town.model_spec)
  is distinct from (excluded.uid, excluded.name, excluded.description, excluded.model, excluded.model_spec);

insert into grid_unit (code, level, kind, name, households, population)
select c ->> 'code', 1, 'town', c ->> 'name', (c ->> 'households')::int, (c ->> 'population')::int
from (select current_setting('daliu.charter')::jsonb) x(c)
on conflict (code) do update
set name = excluded.name, households = excluded.households, population = excluded.population
where (grid_unit.name, grid_unit.households, grid_unit.population)
  is distinct from (excluded.name, excluded.households, excluded.population);

-- Villages are numbered from 200, communities from 001, in the order in which
-- they first appear; a name keeps its number.
with wanted as (
  select g ->> 'kind' as kind, g ->> 'name' as name, (g ->> 'households')::int as households,
         (g ->> 'population')::int as population, ord
  from jsonb_array_elements(current_setting('daliu.charter')::jsonb -> 'grids') with ordinality x(g, ord)
), fresh as (
  select w.*, row_number() over (partition by w.kind order by w.ord) as n
  from wanted w
  where not exists (select from grid_unit u where u.level = 2 and u.kind = w.kind and u.name = w.name and u.valid_to is null)
), used as (
  select kind, max(substring(code from 10 for 3)::int) as last from grid_unit where level = 2 group by kind
)
insert into grid_unit (code, level, kind, parent_id, name, households, population)
select substring(root.code for 9) || lpad((coalesce(used.last, case fresh.kind when 'village' then 199 else 0 end) + fresh.n)::text, 3, '0'),
       2, fresh.kind, root.id, fresh.name, fresh.households, fresh.population
from fresh
join grid_unit root on root.level = 1
left join used on used.kind = fresh.kind
order by fresh.ord;

update grid_unit u
set households = (g ->> 'households')::int, population = (g ->> 'population')::int
from jsonb_array_elements(current_setting('daliu.charter')::jsonb -> 'grids') g
where u.level = 2 and u.valid_to is null and u.kind = g ->> 'kind' and u.name = g ->> 'name'
  and (u.households, u.population) is distinct from ((g ->> 'households')::int, (g ->> 'population')::int);

insert into grid_unit (code, level, kind, parent_id, name)
select u.code || lpad(n::text, 3, '0'), 3, 'group', u.id, n || '组'
from jsonb_array_elements(current_setting('daliu.charter')::jsonb -> 'grids') g
join grid_unit u on u.level = 2 and u.valid_to is null and u.kind = g ->> 'kind' and u.name = g ->> 'name'
cross join generate_series(1, (g ->> 'groups')::int) n
on conflict (code) do nothing;

insert into venue (kind, count, at_least)
select v ->> 'kind', (v ->> 'count')::int, coalesce((v ->> 'atLeast')::boolean, false)
from jsonb_array_elements(coalesce(current_setting('daliu.charter')::jsonb -> 'venues', '[]')) v
on conflict (kind) do update set count = excluded.count, at_least = excluded.at_least
where (venue.count, venue.at_least) is distinct from (excluded.count, excluded.at_least);

insert into area (name, leader)
select a ->> 'name', a ->> 'leader'
from jsonb_array_elements(coalesce(current_setting('daliu.charter')::jsonb -> 'areas', '[]')) with ordinality x(a, ord)
order by ord
on conflict (name) do update set leader = excluded.leader where area.leader <> excluded.leader;

-- Which area a village belongs to is an arrangement, not a record: it follows
-- the charter, and the audit keeps what it was.
with wanted as (
  select u.id as grid_id, area.id as area_id
  from jsonb_array_elements(coalesce(current_setting('daliu.charter')::jsonb -> 'areas', '[]')) a
  join area on area.name = a ->> 'name'
  cross join jsonb_array_elements_text(a -> 'grids') grid
  join grid_unit u on u.level = 2 and u.valid_to is null and u.name = grid
), gone as (
  delete from area_grid where grid_id not in (select grid_id from wanted)
)
insert into area_grid (grid_id, area_id)
select grid_id, area_id from wanted
on conflict (grid_id) do update set area_id = excluded.area_id where area_grid.area_id <> excluded.area_id;

delete from area where not exists (
  select from jsonb_array_elements(coalesce(current_setting('daliu.charter')::jsonb -> 'areas', '[]')) a
  where a ->> 'name' = area.name);

insert into org_unit (name, stationing)
select u ->> 'name', u ->> 'stationing'
from jsonb_array_elements(coalesce(current_setting('daliu.charter')::jsonb -> 'units', '[]')) with ordinality x(u, ord)
order by ord
on conflict (name) do update set stationing = excluded.stationing where org_unit.stationing <> excluded.stationing;

insert into mediation_committee (grid_id, name)
select u.id, u.name || '人民调解委员会'
from jsonb_array_elements(current_setting('daliu.charter')::jsonb -> 'grids') g
join grid_unit u on u.level = 2 and u.valid_to is null and u.kind = g ->> 'kind' and u.name = g ->> 'name'
where (g ->> 'mediators')::int > 0
order by u.code
on conflict (grid_id) do nothing;

insert into consultation_body (grid_id, name)
select u.id, u.name || '民主协商议事会'
from (
  select null as kind, null as name, coalesce((current_setting('daliu.charter')::jsonb ->> 'consultationMembers')::int, 0) as members
  union all
  select g ->> 'kind', g ->> 'name', (g ->> 'consultationMembers')::int
  from jsonb_array_elements(current_setting('daliu.charter')::jsonb -> 'grids') g
) w
join grid_unit u on u.valid_to is null and (u.level = 1 and w.kind is null or u.level = 2 and u.kind = w.kind and u.name = w.name)
where w.members > 0
order by u.code
on conflict (grid_id) do nothing;

with seats as (
  select u.id as grid_id, unnest(array['party_secretary', 'mayor', 'centre_director', 'grid_leader']) as kind, 1 as n
  from grid_unit u where u.level = 1
  union all
  select u.id, 'grid_leader', 1 from grid_unit u where u.level > 1 and u.valid_to is null
  union all
  select u.id, 'consultation_member', coalesce((current_setting('daliu.charter')::jsonb ->> 'consultationMembers')::int, 0)
  from grid_unit u where u.level = 1
  union all
  select u.id, k.kind, (g ->> k.key)::int
  from jsonb_array_elements(current_setting('daliu.charter')::jsonb -> 'grids') g
  join grid_unit u on u.level = 2 and u.valid_to is null and u.kind = g ->> 'kind' and u.name = g ->> 'name'
  cross join (values ('mediator', 'mediators'), ('information_officer', 'informationOfficers'),
                     ('volunteer', 'volunteers'), ('household_head', 'householdHeads'),
                     ('consultation_member', 'consultationMembers')) k(kind, key)
)
insert into post (kind, grid_id, seat, mediation_committee_id, consultation_body_id)
select s.kind, s.grid_id, seat,
       case when s.kind = 'mediator' then c.id end,
       case when s.kind = 'consultation_member' then b.id end
from seats s
cross join generate_series(1, s.n) seat
left join mediation_committee c on c.grid_id = s.grid_id
left join consultation_body b on b.grid_id = s.grid_id
on conflict (kind, grid_id, seat) do nothing;

-- The first account, while there is none: the centre's director, called by the
-- post until a name is entered.
with director as (
  insert into person (name)
  select coalesce((select r ->> 'label' from town, jsonb_array_elements(town.model_spec -> 'roles') r
                   where r ->> 'key' = 'centre_director'), '综治中心主任')
  where not exists (select from account)
  returning id
), opened as (
  insert into account (person_id, login, password_hash)
  select id, 'director', current_setting('daliu.director_hash') from director
)
insert into tenure (post_id, person_id)
select post.id, director.id from director, post where post.kind = 'centre_director';
