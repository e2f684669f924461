package provision_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant/provision"
)

// What somebody changes on the server is seen in the shared catalogs alone, and
// one Apply puts it right.
func TestDriftIsSeenAndRepaired(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b := build(t, s, daliu(newCode()))
	healthy := observe(t, s, b.id.Code)
	admin := asSuperuser(t, "postgres")
	n := b.names
	for name, damage := range map[string]string{
		"everybody may connect":         "grant connect on database " + n.Database + " to public",
		"everybody may make tables":     "grant temporary on database " + n.Database + " to public",
		"a stranger may connect":        "grant connect on database " + n.Database + " to daliu_rollup",
		"the application may create":    "grant create on database " + n.Database + " to " + n.App,
		"the application is shut out":   "revoke connect on database " + n.Database + " from " + n.App,
		"another owner":                 "alter database " + n.Database + " owner to daliu_operator",
		"another connection limit":      "alter database " + n.Database + " connection limit 1",
		"a right that may be passed on": "grant connect on database " + n.Database + " to " + n.App + " with grant option",
		"a template":                    "alter database " + n.Database + " is_template true",
		"closed":                        "alter database " + n.Database + " allow_connections false",
		"a setting too many":            "alter database " + n.Database + " set search_path = 'x'",
		"a setting changed":             "alter database " + n.Database + " set statement_timeout = '1h'",
		"a setting gone":                "alter database " + n.Database + " reset statement_timeout",
		"a setting for one role":        "alter role " + n.AppA + " in database " + n.Database + " set search_path = 'x'",
		"a role's own setting":          "alter role " + n.AppA + " set search_path = 'x'",
		"a role that may make roles":    "alter role " + n.AppA + " createrole",
		"a role that may make more":     "alter role " + n.AppA + " createdb",
		"a role that inherits nothing":  "alter role " + n.AppA + " noinherit",
		"a role that expires":           "alter role " + n.AppA + " valid until '2020-01-01'",
		"a login closed":                "alter role " + n.AppA + " nologin",
		"the migrator's login open":     "alter role " + n.Migrator + " login",
		"the owner's login open":        "alter role " + n.Owner + " login",
		"a role's connection limit":     "alter role " + n.AppA + " connection limit -1",
		"a membership too many":         "grant daliu_template to " + n.AppA,
		"server files":                  "grant pg_read_server_files to " + n.AppA,
		"a membership gone":             "revoke " + n.App + " from " + n.AppA,
		"the operator shut out":         "revoke " + n.Owner + " from daliu_operator",
		"a role gone":                   "drop role " + n.AppB,
		"the owner's mark rewritten":    "comment on role " + n.Owner + ` is '{"uid":"` + b.id.UID + `"}'`,
		"the owner's mark gone":         "comment on role " + n.Owner + " is null",
	} {
		execAs(t, admin, damage)
		seen := observe(t, s, b.id.Code)
		roles, err := provision.DiffRoles(b.id, seen)
		must(t, err)
		changes := append(roles, provision.DiffDatabase(b.id, seen)...)
		if len(changes) == 0 {
			t.Errorf("%s: not seen", name)
		}
		if err := s.Apply(t.Context(), changes); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(healthy, observe(t, s, b.id.Code)); diff != "" {
			t.Errorf("%s: after the repair (-healthy +seen):\n%s", name, diff)
		}
	}
	if err := login(t, b.app, n.Database); err != nil {
		t.Errorf("after all repairs: %v", err)
	}
}

// What only a superuser could put right is said, and nothing else is undone.
func TestDriftBeyondTheOperatorIsAnError(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b := build(t, s, daliu(newCode()))
	execAs(t, asSuperuser(t, "postgres"), "alter role "+b.names.AppA+" superuser")
	changes, err := provision.DiffRoles(b.id, observe(t, s, b.id.Code))
	must(t, err)
	if err := s.Apply(t.Context(), changes); err == nil {
		t.Error("a role that is not a superuser took a superuser's rights")
	}
	execAs(t, asSuperuser(t, "postgres"), "alter role "+b.names.AppA+" nosuperuser")
}

func TestForgottenPasswordIsSetAgain(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b := build(t, s, daliu(newCode()))
	execAs(t, asSuperuser(t, "postgres"), "alter role "+b.names.AppA+" password 'changed by hand'")
	if err := login(t, b.app, b.names.Database); err == nil {
		t.Fatal("the old password still works")
	}
	must(t, s.SetPassword(t.Context(), b.names.AppA, b.id.Verifiers[b.names.AppA]))
	if err := login(t, b.app, b.names.Database); err != nil {
		t.Error(err)
	}
}

// The drift of all towns is one query of the server.
func TestObserveAllSeesWhatObserveSees(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b := build(t, s, daliu(newCode()))
	fleet, err := s.ObserveAll(t.Context())
	must(t, err)
	if diff := cmp.Diff(observe(t, s, b.id.Code), fleet[b.id.Code]); diff != "" {
		t.Errorf("one town and all towns differ:\n%s", diff)
	}
}
