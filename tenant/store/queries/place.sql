-- name: TownCard :one
select code, name, description
from town;

-- name: Venues :many
select kind, count, at_least
from venue
order by kind;

-- name: GridUnits :many
-- GridUnits are the open units in view, the town first, then as they were laid down.
select id, code, level, kind, parent_id, name, households, population
from grid_unit
where valid_to is null
order by level, id;

-- name: Posts :many
-- Posts are the open seats in view with who holds them today.
select post.id, post.kind, post.grid_id, post.seat, person.name as holder
from post
left join tenure on tenure.post_id = post.id
  and tenure.begins_on <= (now() at time zone 'Asia/Shanghai')::date
  and (tenure.ends_on is null or tenure.ends_on > (now() at time zone 'Asia/Shanghai')::date)
left join person on person.id = tenure.person_id
where post.closed_on is null
order by post.grid_id, post.kind, post.seat;

-- name: Areas :many
select id, name, leader
from area
order by id;

-- name: AreaGrids :many
select area_id, grid_id
from area_grid
order by area_id, grid_id;

-- name: OrgUnits :many
select name, stationing
from org_unit
order by id;

-- name: MediationCommittees :many
select grid_id, name
from mediation_committee
order by grid_id;

-- name: ConsultationBodies :many
select grid_id, name
from consultation_body
order by grid_id;

-- name: OwnPosts :many
-- OwnPosts are the seats that the actor holds today and what the actor sponsors, with the place of each.
select held.kind, grid_unit.name as grid, held.begins_on
from (
  select post.kind, post.grid_id, tenure.person_id, tenure.begins_on, tenure.ends_on
  from tenure
  join post on post.id = tenure.post_id
  where post.closed_on is null
  union all
  select kind, grid_id, person_id, begins_on, ends_on
  from sponsorship
) held
join grid_unit on grid_unit.id = held.grid_id
where held.person_id = (select actor_person())
  and held.begins_on <= (now() at time zone 'Asia/Shanghai')::date
  and (held.ends_on is null or held.ends_on > (now() at time zone 'Asia/Shanghai')::date)
order by grid_unit.level, held.kind, grid_unit.id;
