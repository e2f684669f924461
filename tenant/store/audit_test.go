package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

// What an actor changes names the actor, and never holds the password's hash.
func TestInvariant7ChangeIsAuditedWithItsActor(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	admin := town.Admin(t)
	seeded := count(t, admin, "select count(*) from audit")
	signedIn(t, town.Store)

	type row struct {
		Login, Noun, Action, Record, Before, After string
	}
	rows, err := admin.Query(t.Context(), `select coalesce(account.login, ''), noun, action, record,
		coalesce(before::text, ''), coalesce(after::text, '')
		from audit left join account on account.id = audit.account_id order by audit.id offset $1`, seeded)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	want := []row{{
		Login: "director", Noun: "account", Action: "update", Record: "1",
		Before: `{"id": 1, "login": "director", "person_id": 1, "disabled_at": null, "must_change": true, "password_hash": "(before)"}`,
		After:  `{"id": 1, "login": "director", "person_id": 1, "disabled_at": null, "must_change": false, "password_hash": "(changed)"}`,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit of a changed password (-want +got):\n%s", diff)
	}
}

func TestInvariant7EverySeededRowIsAudited(t *testing.T) {
	t.Parallel()

	admin := server.Town(t).Admin(t)
	for noun, want := range map[string]int{
		"town": 1, "grid_unit": 75, "post": 301, "venue": 2, "area": 2, "area_grid": 8, "org_unit": 7,
		"mediation_committee": 8, "consultation_body": 8, "person": 1, "account": 1, "tenure": 1,
	} {
		if got := count(t, admin, "select count(*) from audit where noun = $1 and action = 'insert' and record <> '' or noun = $1 and noun = 'town'", noun); got != want {
			t.Errorf("%s: %d audit rows, want %d", noun, got, want)
		}
	}
}

func TestInvariant6NoSecretIsKeptInClear(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	session := signedIn(t, town.Store)
	admin := town.Admin(t)
	rows, err := admin.Query(t.Context(), `select table_name from information_schema.tables
		where table_schema in ('town', 'rollup') and table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 18 {
		t.Fatalf("only %d tables were searched", len(tables))
	}
	for _, table := range tables {
		var text string
		if err := admin.QueryRow(t.Context(), "select coalesce(string_agg(x::text, ' '), '') from "+table+" x").Scan(&text); err != nil {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{
			"the first password": storetest.FirstPassword, "the password": storetest.Password,
			"the token": session.Token, "the device": session.Device,
		} {
			if strings.Contains(text, secret) {
				t.Errorf("table %s holds %s", table, what)
			}
		}
		if table != "account" && strings.Contains(text, "argon2id") {
			t.Errorf("table %s holds a password's hash", table)
		}
	}
}

func TestAccessLogNamesEverySignIn(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	session := signedIn(t, town.Store)
	if err := town.Store.SignOut(t.Context(), session.Token); err != nil {
		t.Fatal(err)
	}
	var got string
	err := town.Admin(t).QueryRow(t.Context(),
		"select string_agg(event, ' ' order by id) from access_log where account_id = 1").Scan(&got)
	if err != nil {
		t.Fatal(err)
	}
	if want := "sign_in_try sign_in sign_in_try password_changed sign_in sign_out"; got != want {
		t.Errorf("access log = %s, want %s", got, want)
	}
}
