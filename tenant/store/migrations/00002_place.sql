-- The town, its three-level grid, and the posts, bodies and units that stand
-- on it. Figures are counts; no table here has a row for a resident.

-- +goose Up
create table town (
  only_row    boolean primary key default true check (only_row),
  uid         text not null,
  code        text not null check (code ~ '^[0-9]{12}$'),
  name        text not null,
  description text not null default '',
  model       text not null,
  model_spec  jsonb not null
);

create table grid_unit (
  id         integer generated always as identity primary key,
  code       text not null unique check (code ~ '^([0-9]{12}|[0-9]{15})$'),
  level      smallint not null check (level between 1 and 3),
  kind       text not null check (kind in ('town', 'village', 'community', 'group')),
  parent_id  integer references grid_unit,
  name       text not null check (char_length(name) between 1 and 40),
  households integer check (households >= 0),
  population integer check (population >= 0),
  valid_from date not null default (now() at time zone 'Asia/Shanghai')::date,
  valid_to   date check (valid_to >= valid_from),
  check ((level = 1) = (parent_id is null)),
  check ((level = 1) = (kind = 'town') and (level = 3) = (kind = 'group'))
);
create unique index grid_unit_open_name on grid_unit (parent_id, name) where valid_to is null;
create unique index grid_unit_one_root on grid_unit (level) where level = 1;

-- venue counts places by kind; at_least marks a figure known only from below.
create table venue (
  kind     text primary key check (kind in ('institution', 'shop')),
  count    integer not null check (count >= 0),
  at_least boolean not null default false
);

create table area (
  id     integer generated always as identity primary key,
  name   text not null unique check (char_length(name) between 1 and 40),
  leader text not null check (leader in ('party_secretary', 'mayor'))
);

create table area_grid (
  grid_id integer primary key references grid_unit,
  area_id integer not null references area
);

create table org_unit (
  id         integer generated always as identity primary key,
  name       text not null unique check (char_length(name) between 1 and 40),
  stationing text not null check (stationing in ('resident', 'rotating', 'on_call'))
);

create table mediation_committee (
  id      integer generated always as identity primary key,
  grid_id integer not null unique references grid_unit,
  name    text not null
);

create table consultation_body (
  id      integer generated always as identity primary key,
  grid_id integer not null unique references grid_unit,
  name    text not null
);

-- post is a seat to be filled; who fills it, and since when, the town enters.
create table post (
  id                     integer generated always as identity primary key,
  kind                   text not null check (kind in (
    'party_secretary', 'mayor', 'centre_director', 'grid_leader', 'mediator',
    'information_officer', 'volunteer', 'household_head', 'consultation_member')),
  grid_id                integer not null references grid_unit,
  seat                   integer not null check (seat > 0),
  mediation_committee_id integer references mediation_committee,
  consultation_body_id   integer references consultation_body,
  closed_on              date,
  unique (kind, grid_id, seat),
  check ((kind = 'mediator') = (mediation_committee_id is not null)),
  check ((kind = 'consultation_member') = (consultation_body_id is not null))
);
create index post_grid on post (grid_id);

-- tenure says which person holds a post from when until when.
create table tenure (
  id        integer generated always as identity primary key,
  post_id   integer not null references post,
  person_id integer not null references person,
  begins_on date not null default (now() at time zone 'Asia/Shanghai')::date,
  ends_on   date check (ends_on >= begins_on)
);
create unique index tenure_one_holder on tenure (post_id) where ends_on is null;
create index tenure_person on tenure (person_id);

-- +goose StatementBegin
do $$
declare noun text;
begin
  foreach noun in array array['town', 'grid_unit', 'venue', 'area', 'area_grid', 'org_unit',
                              'mediation_committee', 'consultation_body', 'post', 'tenure'] loop
    execute format('create trigger record_change after insert or update or delete on %I
      for each row execute function record_change(%s)', noun,
      case when noun = 'town' then quote_literal('model_spec') else '' end);
    execute format('alter table %I enable row level security', noun);
    execute format('grant select on %I to daliu_app', noun);
  end loop;
end $$;
-- +goose StatementEnd

-- What stands on no single grid unit is shown to whoever is signed in.
create policy town_read on town for select to daliu_app using ((select actor()) is not null);
create policy venue_read on venue for select to daliu_app using ((select actor()) is not null);
create policy area_read on area for select to daliu_app using ((select actor()) is not null);
create policy org_unit_read on org_unit for select to daliu_app using ((select actor()) is not null);

-- What stands on the grid is shown to whoever's subtree holds it.
create policy grid_unit_read on grid_unit for select to daliu_app
  using (id = any ((select scope_grids())::integer[]));
create policy area_grid_read on area_grid for select to daliu_app
  using (grid_id = any ((select scope_grids())::integer[]));
create policy mediation_committee_read on mediation_committee for select to daliu_app
  using (grid_id = any ((select scope_grids())::integer[]));
create policy consultation_body_read on consultation_body for select to daliu_app
  using (grid_id = any ((select scope_grids())::integer[]));
create policy post_read on post for select to daliu_app
  using (grid_id = any ((select scope_grids())::integer[]));
create policy tenure_read on tenure for select to daliu_app
  using (exists (select from post where post.id = tenure.post_id));

-- Who holds a post is shown to whoever sees the post.
grant select on person to daliu_app;
create policy person_read on person for select to daliu_app
  using (exists (select from tenure where tenure.person_id = person.id));

-- +goose Down
drop policy person_read on person;
drop table tenure, post, consultation_body, mediation_committee, org_unit, area_grid, area, venue, grid_unit, town;
