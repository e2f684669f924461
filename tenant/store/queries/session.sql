-- The calls that give back a table (enter, sign_in_try, readiness) are in
-- session.go: sqlc does not read "returns table".

-- name: SessionOpen :one
-- SessionOpen stores a session; false means that the proof was not accepted.
select session_open(@account_id::integer, @token_hash::bytea, @device::bytea, @expires_at::timestamptz, @proof::bytea)::boolean as opened;

-- name: SessionClose :exec
-- SessionClose ends the session of a token, if there is one.
select session_close(@token::bytea);

-- name: OwnPasswordSet :one
-- OwnPasswordSet replaces the actor's password; false means that the proof was not accepted.
select own_password_set(@new_hash::text, @proof::bytea)::boolean as changed;
