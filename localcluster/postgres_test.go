package localcluster

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func connect(t *testing.T, p *Postgres, user, password, database string) (*pgx.Conn, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.URL(user, password, database))
	if err == nil {
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	}
	return conn, err
}

func superuser(t *testing.T, p *Postgres, database string) *pgx.Conn {
	t.Helper()
	conn, err := connect(t, p, p.SuperUser, p.SuperPassword, database)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func operator(t *testing.T, p *Postgres, database string) *pgx.Conn {
	t.Helper()
	conn, err := connect(t, p, p.OperatorUser, p.OperatorPassword, database)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func run(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func value[T any](t *testing.T, conn *pgx.Conn, query string) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func refusedWith(err error, code string) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && refusal.Code == code
}

func TestPostgresListensOnLoopbackAndWantsAPassword(t *testing.T) {
	p := sharedCluster(t).Postgres
	conn := superuser(t, p, "postgres")
	if got := value[string](t, conn, "show listen_addresses"); got != "127.0.0.1" {
		t.Errorf("it listens on %s", got)
	}
	if !net.ParseIP(p.Host).IsLoopback() {
		t.Errorf("its host is %s", p.Host)
	}
	for _, user := range []string{p.SuperUser, p.OperatorUser} {
		if _, err := connect(t, p, user, "wrong", "postgres"); !refusedWith(err, "28P01") {
			t.Errorf("%s with a wrong password: %v", user, err)
		}
	}
}

func TestSettingsCanBeChosen(t *testing.T) {
	t.Parallel()
	durable := settings(PostgresOptions{Fsync: true, Settings: map[string]string{"max_connections": "10"}})
	if durable["fsync"] != "on" || durable["full_page_writes"] != "on" || durable["max_connections"] != "10" {
		t.Errorf("the settings are %v", durable)
	}
	if quick := settings(PostgresOptions{}); quick["fsync"] != "off" {
		t.Errorf("without asking, fsync is %s", quick["fsync"])
	}
}

func TestRestartAfterACrashKeepsDataAndPort(t *testing.T) {
	p, err := StartPostgres(t.Context(), PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Stop() }()
	conn := superuser(t, p, "postgres")
	run(t, conn, "create table kept (n int)", "insert into kept values (7)")
	port, busy := p.Port, superuser(t, p, "postgres")
	if _, err := busy.Prepare(t.Context(), "", "select pg_sleep(60)"); err != nil {
		t.Fatal(err)
	}

	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := connect(t, p, p.SuperUser, p.SuperPassword, "postgres"); err == nil {
		t.Error("a server that was killed answers")
	}
	if err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := value[int](t, superuser(t, p, "postgres"), "select n from kept"); got != 7 || p.Port != port {
		t.Errorf("after the crash: row %d at port %d, want 7 at %d", got, p.Port, port)
	}
	// A server that runs is shut down first.
	if err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := value[int](t, superuser(t, p, "postgres"), "select n from kept"); got != 7 {
		t.Errorf("after a restart: row %d, want 7", got)
	}
}

func TestPostgresThatStaysDownLeavesNothing(t *testing.T) {
	p, err := StartPostgres(t.Context(), PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	left := tracesIn(t, p.folder.path)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is left", left.gone)
}

func TestPostgresKeepsWhatItHasInAGivenFolder(t *testing.T) {
	dir := filepath.Join(openDir(t), "kept")
	first, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Stop() }()
	run(t, operator(t, first, "postgres"), "create role kept")

	if _, err := StartPostgres(withPatience(t), PostgresOptions{Dir: dir}); err == nil {
		t.Error("a second server runs in the folder of the first")
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir, Port: first.Port})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = second.Stop() }()
	if diff := cmp.Diff(first.OperatorPassword, second.OperatorPassword); diff != "" {
		t.Errorf("the password changed: %s", diff)
	}
	if !value[bool](t, operator(t, second, "postgres"), "select exists (select from pg_roles where rolname = 'kept')") {
		t.Error("the role that the first one had is gone")
	}
}

func TestPasswordsAreNotInTheLog(t *testing.T) {
	p, err := StartPostgres(t.Context(), PostgresOptions{Settings: map[string]string{
		"log_statement": "all", "log_min_duration_statement": "0",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Stop() }()
	log, err := os.ReadFile(p.server.log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "set log_statement") {
		t.Error("the log does not hold statements: this test would not see a password")
	}
	if strings.Contains(string(log), p.OperatorPassword) || strings.Contains(string(log), p.SuperPassword) {
		t.Error("a password is in the server's log")
	}
}
