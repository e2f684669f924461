package system_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/test/system"
)

// Invariant 2: whenever the operator is killed, there is one database a town in
// the end, made once, and no role that belongs to none.
func TestInvariant2OperatorKilledTwentyTimes(t *testing.T) {
	d := system.Start(t)
	d.Exec(t, "alter system set log_statement = 'ddl'")
	d.Exec(t, "select pg_reload_conf()")
	if output, err := d.Kubectl(t, "apply", "-f", "../../config/samples/liangzhou/"); err != nil {
		t.Fatalf("apply: %v\n%s", err, output)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, seed))
	for range 20 {
		time.Sleep(time.Duration(100+random.IntN(900)) * time.Millisecond)
		d.KillOperator(t)
		d.StartOperator(t)
	}
	if output, err := d.Kubectl(t, "wait", "--for=condition=Ready", "townships", "--all", "--timeout=180s"); err != nil {
		t.Fatalf("wait: %v\n%s", err, output)
	}

	databases := names(t, d, `select datname from pg_database where datname like 't\_%'`)
	roles := names(t, d, `select rolname from pg_roles where rolname like 't\_%'`)
	if len(databases) != 37 || len(roles) != 37*6 {
		t.Errorf("%d databases and %d roles, want 37 and %d:\n%s", len(databases), len(roles), 37*6, strings.Join(append(databases, roles...), "\n"))
	}
	made := map[string]int{}
	for line := range strings.Lines(d.Postgres.Log()) {
		if _, statement, found := strings.Cut(line, `CREATE DATABASE "t_`); found {
			made["t_"+statement[:12]]++
		}
	}
	// A statement that the kill reached is cancelled and leaves nothing: it may
	// be made again. What may not be is a second one beside the first.
	for database, times := range made {
		if times > 2 {
			t.Errorf("CREATE DATABASE %s was tried %d times", database, times)
		}
	}
	if len(made) != 37 {
		t.Errorf("CREATE DATABASE of %d towns in the log, want 37", len(made))
	}
	if left := names(t, d, `select rolname from pg_roles where rolname like 't\_%\_migrator' and rolcanlogin`); len(left) > 0 {
		t.Errorf("migrators that may still log in: %v", left)
	}
	if left := names(t, d, `select m.member::regrole::text from pg_auth_members m
		where m.roleid = 'daliu_template'::regrole and m.member::regrole::text <> 'daliu_operator'`); len(left) > 0 {
		t.Errorf("members of the template's owner: %v", left)
	}
}

func names(t *testing.T, d *system.District, query string) []string {
	t.Helper()
	rows, err := d.Superuser(t, "postgres").Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A server that goes away in the middle is waited for, and said so; towns that
// stood on it say so too, and nobody has to do anything when it is back.
func TestPostgresKilledInTheMiddle(t *testing.T) {
	d := system.Start(t)
	d.Create(t, system.Daliu(t, "before", 1))
	d.UntilReady(t, "before")
	for i := range 8 {
		d.Create(t, system.Daliu(t, fmt.Sprintf("during-%d", i), 10+i))
	}
	time.Sleep(300 * time.Millisecond)
	if err := d.Postgres.Kill(); err != nil {
		t.Fatal(err)
	}
	town := d.UntilReason(t, "before", v1alpha1.ReasonServerUnreachable)
	if message := system.Condition(town, v1alpha1.ConditionReady).Message; !strings.Contains(message, "goes on when it does") {
		t.Errorf("message = %q", message)
	}
	if stalled := system.Condition(town, v1alpha1.ConditionStalled); stalled.Status == "True" {
		t.Error("a server that is away is something to wait for, not a stall")
	}
	time.Sleep(2 * time.Second)
	if err := d.Postgres.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.UntilReady(t, "before")
	for i := range 8 {
		d.UntilReady(t, fmt.Sprintf("during-%d", i))
	}
	if databases := names(t, d, `select datname from pg_database where datname like 't\_%'`); len(databases) != 9 {
		t.Errorf("databases = %v, want 9", databases)
	}
}

// Invariant 4: a town that its people can't reach is not Ready, although
// nothing of it changed in the cluster or on the database server.
func TestInvariant4ServerOfTownsKilled(t *testing.T) {
	d := system.Start(t)
	d.Create(t, system.Daliu(t, "served", 1))
	d.UntilReady(t, "served")
	d.KillServe(t)
	d.UntilReason(t, "served", v1alpha1.ReasonNotServed)
	d.StartServe(t)
	d.UntilReady(t, "served")
}

// Invariant 1 and 5: a town that is deleted while the operator is away is closed
// when it comes back, although it has not looked at the server yet.
func TestInvariant5DeletedWhileTheOperatorIsAway(t *testing.T) {
	d := system.Start(t)
	for i := range 3 {
		town := system.Daliu(t, fmt.Sprintf("away-%d", i), 800+i)
		town.Spec.DeletionProtection = new(bool)
		d.Create(t, town)
	}
	for i := range 3 {
		d.UntilReady(t, fmt.Sprintf("away-%d", i))
	}
	d.KillOperator(t)
	if output, err := d.Kubectl(t, "delete", "twn", "--all", "--wait=false"); err != nil {
		t.Fatalf("deletion: %v\n%s", err, output)
	}
	d.StartOperator(t)
	for i := range 3 {
		d.UntilGone(t, fmt.Sprintf("away-%d", i))
	}
	if open := names(t, d, `select rolname from pg_roles where rolname like 't\_%' and rolcanlogin`); len(open) > 0 {
		t.Errorf("logins of deleted towns that are open: %v", open)
	}
}

// A Township that is deleted while it is being made leaves nothing behind.
func TestDeletedWhileBeingMade(t *testing.T) {
	d := system.Start(t)
	for i := range 6 {
		name := fmt.Sprintf("brief-%d", i)
		town := system.Daliu(t, name, 820+i)
		town.Spec.DeletionProtection, town.Spec.ReclaimPolicy = new(bool), v1alpha1.ReclaimDelete
		town.Annotations = map[string]string{v1alpha1.ConfirmDeleteAnnotation: name}
		d.Create(t, town)
		time.Sleep(time.Duration(40+60*i) * time.Millisecond)
		if output, err := d.Kubectl(t, "delete", "twn", name, "--wait=false"); err != nil {
			t.Fatalf("deletion: %v\n%s", err, output)
		}
	}
	for i := range 6 {
		d.UntilGone(t, fmt.Sprintf("brief-%d", i))
	}
	left := names(t, d, `select datname from pg_database where datname like 't\_%' union all select rolname from pg_roles where rolname like 't\_%'`)
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
