-- What the town has and the charter ($1) does not: a seed never takes it away.
with wanted as (
  select g ->> 'kind' as kind, g ->> 'name' as name, (g ->> 'groups')::int as groups,
         (g ->> 'mediators')::int as mediator, (g ->> 'informationOfficers')::int as information_officer,
         (g ->> 'volunteers')::int as volunteer, (g ->> 'householdHeads')::int as household_head,
         (g ->> 'consultationMembers')::int as consultation_member
  from jsonb_array_elements($1::jsonb -> 'grids') g
), second as (
  select u.id, u.kind, u.name,
         (select count(*) from grid_unit c where c.parent_id = u.id and c.valid_to is null) as groups
  from grid_unit u where u.level = 2 and u.valid_to is null
), seats as (
  select p.grid_id, p.kind, count(*) as n from post p where p.closed_on is null group by p.grid_id, p.kind
)
select format('%s %s', s.kind, s.name)
from second s
where not exists (select from wanted w where w.kind = s.kind and w.name = s.name)
union all
select format('groups of %s (%s, not %s)', s.name, s.groups, w.groups)
from second s join wanted w using (kind, name)
where s.groups > w.groups
union all
select format('seats of %s in %s (%s, not %s)', seats.kind, s.name, seats.n, to_jsonb(w) ->> seats.kind)
from second s join wanted w using (kind, name) join seats on seats.grid_id = s.id
where seats.kind <> 'grid_leader' and seats.n > coalesce((to_jsonb(w) ->> seats.kind)::int, 0)
union all
select format('seats of the town''s consultation body (%s, not %s)', seats.n, coalesce($1::jsonb ->> 'consultationMembers', '0'))
from seats join grid_unit root on root.id = seats.grid_id and root.level = 1
where seats.kind = 'consultation_member' and seats.n > coalesce(($1::jsonb ->> 'consultationMembers')::int, 0)
union all
select format('unit %s', name) from org_unit
where name not in (select u ->> 'name' from jsonb_array_elements(coalesce($1::jsonb -> 'units', '[]')) u)
