-- name: People :many
-- People are those whose posts are in view, in the order of a Chinese list of names.
select person.id, person.name, coalesce(person_contact.masked, '')::text as phone
from person
left join person_contact on person_contact.id = person.id
order by person.name collate "zh-Hans-CN-x-icu", person.id;

-- name: Holdings :many
-- Holdings are all that was ever held and is in view, the latest first.
select 'tenure'::text as source, tenure.id, tenure.person_id, post.kind, post.grid_id, post.id as post_id,
       0::integer as households, tenure.begins_on, tenure.ends_on, tenure.reason
from tenure
join post on post.id = tenure.post_id
union all
select 'sponsorship'::text, id, person_id, kind, grid_id, 0::integer, coalesce(households, 0)::integer, begins_on, ends_on, reason
from sponsorship
order by begins_on desc, id desc;

-- name: RosterAdd :one
-- RosterAdd begins what its entries say, all or nothing.
select roster_add(@entries::jsonb)::integer as added;

-- name: HoldingEnd :exec
-- HoldingEnd ends a tenure or a sponsorship.
select holding_end(@source::text, @holding::integer, @ends_on::date, @reason::text);

-- name: PersonChange :one
-- PersonChange gives a person another name or number; false means that the actor may not.
select person_change(@person::integer, @new_name::text, @new_phone::text)::boolean as changed;

-- name: PhoneReveal :one
-- PhoneReveal shows a number and remembers who asked for it and why.
select coalesce(phone_reveal(@person::integer, @reason::text), '')::text as phone;
