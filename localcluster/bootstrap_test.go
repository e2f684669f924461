package localcluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBootstrapMakesAnOperatorThatIsNoSuperuser(t *testing.T) {
	p := sharedCluster(t).Postgres
	got := value[string](t, superuser(t, p, "postgres"), `
		select string_agg(rolname || case when rolcanlogin then ' login' else '' end
		  || case when rolcreatedb then ' createdb' else '' end || case when rolcreaterole then ' createrole' else '' end
		  || case when rolsuper or rolreplication or rolbypassrls then ' too powerful' else '' end, ', ' order by rolname)
		from pg_roles where rolname like 'daliu%'`)
	const want = "daliu_app, daliu_operator login createdb createrole, daliu_rollup, daliu_template"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBootstrapClosesWhatIsOpenToEverybody(t *testing.T) {
	p := sharedCluster(t).Postgres
	run(t, superuser(t, p, "postgres"), "create role stranger login password 'stranger'")
	for _, database := range []string{"postgres", "template1", "daliu_base"} {
		if _, err := connect(t, p, "stranger", "stranger", database); !refusedWith(err, "42501") && !refusedWith(err, "55000") {
			t.Errorf("a role of no town connects to %s: %v", database, err)
		}
	}
}

// What the operator does to make a town, in short, as the operator.
func TestOperatorClonesTheBase(t *testing.T) {
	p := sharedCluster(t).Postgres
	conn := operator(t, p, "postgres")
	run(t, conn,
		"create role t_owner nologin",
		"create role t_app login password 'town' in role daliu_app",
		"grant t_owner to current_user",
		"create database t template daliu_base owner t_owner allow_connections false",
		"revoke all on database t from public",
		"grant connect on database t to t_app",
		"alter database t allow_connections true",
	)
	town, err := connect(t, p, "t_app", "town", "t")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"select lo_create(0)", "select lo_creat(-1)", "select lo_from_bytea(0, 'x')", "select lo_open(1, 131072)",
		"select lo_put(1, 0, 'x')", "select lowrite(0, 'x')", "select lo_unlink(1)", "create temp table x ()", "create table x ()",
	} {
		if _, err := town.Exec(t.Context(), statement); !refusedWith(err, "42501") {
			t.Errorf("a town's application may %s: %v", statement, err)
		}
	}
	// The trigram index needs a ctype that knows Chinese letters.
	owner := superuser(t, p, "t")
	run(t, owner, "create extension pg_trgm")
	if got := value[int](t, owner, "select cardinality(show_trgm('土地纠纷'))"); got == 0 {
		t.Error("there is no trigram in Chinese text")
	}
}

func TestBootstrapCanBeRunAgain(t *testing.T) {
	p := sharedCluster(t).Postgres
	admin := superuser(t, p, "postgres")
	run(t, admin,
		"grant connect on database template1 to public",
		"alter role daliu_operator superuser",
		"alter database daliu_base is_template false allow_connections true")
	if err := p.bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	for what, query := range map[string]string{
		"template1 is open":           "select has_database_privilege('public', 'template1', 'connect')",
		"the operator is a superuser": "select rolsuper from pg_roles where rolname = 'daliu_operator'",
		"the base is open":            "select datallowconn from pg_database where datname = 'daliu_base'",
		"the base can't be cloned":    "select not datistemplate from pg_database where datname = 'daliu_base'",
	} {
		if value[bool](t, admin, query) {
			t.Errorf("after the second run, %s", what)
		}
	}
}

func TestBootstrapRefusesAnybodyButASuperuser(t *testing.T) {
	p := sharedCluster(t).Postgres
	asOperator := &Postgres{Host: p.Host, Port: p.Port, bin: p.bin, SuperUser: p.OperatorUser, SuperPassword: p.OperatorPassword}
	if err := asOperator.bootstrap(t.Context()); err == nil || !strings.Contains(err.Error(), "as a superuser") {
		t.Errorf("bootstrap as %s: %v", asOperator.SuperUser, err)
	}
}
