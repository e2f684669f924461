-- What a town tells its district: numbers, never rows about somebody.

-- +goose Up
create schema rollup;

-- establishment is what the seed set up, counted from the rows themselves.
create view rollup.establishment as
select
  (select count(*) from grid_unit where level = 1 and valid_to is null)::integer as level1,
  (select count(*) from grid_unit where level = 2 and valid_to is null)::integer as level2,
  (select count(*) from grid_unit where level = 3 and valid_to is null)::integer as level3,
  (select count(*) from mediation_committee)::integer as committees,
  (select count(*) from post where kind = 'mediator' and closed_on is null)::integer as mediators,
  (select count(*) from post where kind = 'information_officer' and closed_on is null)::integer as information_officers,
  (select count(*) from post where kind = 'volunteer' and closed_on is null)::integer as volunteers,
  (select count(*) from post where kind = 'household_head' and closed_on is null)::integer as household_heads,
  (select count(*) from consultation_body)::integer as consultation_bodies,
  (select count(*) from post where kind = 'consultation_member' and closed_on is null)::integer as consultation_members,
  (select count(*) from area)::integer as areas,
  (select count(*) from org_unit)::integer as units;

grant select on rollup.establishment to daliu_rollup;

-- +goose Down
drop schema rollup cascade;
