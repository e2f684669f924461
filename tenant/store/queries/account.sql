-- name: Accounts :many
-- Accounts are the accounts of the town, for those who keep them.
select id, person_id, login, must_change, (disabled_at is not null)::boolean as disabled
from account
order by id;

-- name: AccountIssue :one
-- AccountIssue gives somebody a one-time password; false means that the actor may not.
select account_issue(@person::integer, @login::text, @hash::text, @proof::bytea)::boolean as issued;

-- name: AccountSwitch :one
-- AccountSwitch disables or enables an account; false means that the actor may not.
select account_switch(@person::integer, @enabled::boolean)::boolean as switched;
