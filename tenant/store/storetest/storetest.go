// Package storetest makes real towns for tests: one PostgreSQL server for a
// test binary, and one provisioned and seeded town, a clone of the template, for
// every test.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/localcluster"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/provision"
	"github.com/daliu-governance/daliu/tenant/store"
)

// FirstPassword is the one-time password of the login "director" in every town
// made here, and Password the one that [Town.SignedIn] replaces it by.
const (
	FirstPassword = "mbhq-7xkd-p3nw-zrt9"
	Password      = "渠水长流 2021 年"
)

// Server is the PostgreSQL server of a test binary. Its zero value is ready.
type Server struct {
	once     sync.Once
	err      error
	postgres *localcluster.Postgres
	server   *provision.Server
	hash     string
	towns    atomic.Int64
}

// Stop ends the server, if it was started.
func (s *Server) Stop() {
	if s.server != nil {
		s.server.Close()
	}
	if s.postgres != nil {
		_ = s.postgres.Stop() // a test binary ends here; the folder is a temporary one
	}
}

// A Town is a seeded town that one test has for itself.
type Town struct {
	Code   tenant.Code
	Store  *store.Store
	Config store.Config // what Store was opened with
	server *Server
}

// Town provisions a town from the charter of Daliu under a code of its own. A
// missing PostgreSQL fails the test.
func (s *Server) Town(tb testing.TB) *Town {
	tb.Helper()
	return s.TownOf(tb, Daliu())
}

// TownOf is [Server.Town] with another charter. Its code is overruled.
func (s *Server) TownOf(tb testing.TB, charter tenant.Charter) *Town {
	tb.Helper()
	s.once.Do(func() { s.err = s.start() })
	if s.err != nil {
		tb.Fatalf("start PostgreSQL: %v", s.err)
	}
	charter.Code = tenant.Code(fmt.Sprintf("620602%03d000", 100+s.towns.Add(1)))
	key, err := credential.Key(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	password, err := credential.Random(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.provision(tb.Context(), charter, key, password); err != nil {
		tb.Fatalf("provision town: %v", err)
	}
	names := provision.NamesOf(charter.Code)
	config := store.Config{
		ConnString: s.postgres.URL(names.AppA, password, names.Database),
		SigningKey: key,
	}
	opened, err := store.Open(tb.Context(), config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(opened.Close)
	return &Town{Code: charter.Code, Store: opened, Config: config, server: s}
}

func (s *Server) start() error {
	ctx := context.Background()
	postgres, err := localcluster.StartPostgres(ctx, localcluster.PostgresOptions{})
	if err != nil {
		return err
	}
	s.postgres = postgres
	s.server, err = provision.Open(ctx, provision.Config{
		Host: postgres.Host, Port: postgres.Port, SSLMode: "disable",
		User: postgres.OperatorUser, Password: postgres.OperatorPassword,
	})
	if err != nil {
		return err
	}
	if s.hash, err = credential.HashPassword(FirstPassword, rand.Reader); err != nil {
		return err
	}
	return s.server.EnsureTemplate(ctx)
}

// provision does what the operator does for a Township, in its order.
func (s *Server) provision(ctx context.Context, charter tenant.Charter, key []byte, password string) error {
	verifier, err := credential.SCRAMVerifier(password, rand.Reader)
	if err != nil {
		return err
	}
	names := provision.NamesOf(charter.Code)
	id := provision.Identification{
		Code: charter.Code, UID: "uid-" + string(charter.Code),
		Verifiers: map[string]string{names.AppA: verifier},
	}
	roles, err := provision.DiffRoles(id, provision.Town{})
	if err != nil {
		return err
	}
	if err := s.server.Apply(ctx, roles); err != nil {
		return err
	}
	if err := s.server.CreateDatabase(ctx, charter.Code); err != nil {
		return err
	}
	seen, err := s.server.Observe(ctx, charter.Code)
	if err != nil {
		return err
	}
	if err := s.server.Apply(ctx, provision.DiffDatabase(id, seen)); err != nil {
		return err
	}
	mark, err := s.server.EnsureSchema(ctx, charter.Code, provision.Mark{UID: id.UID})
	if err != nil {
		return err
	}
	_, err = s.server.EnsureSeed(ctx, mark, provision.Seed{
		Charter: charter, Model: "daliu-2021", ModelSpec: []byte("{}"), SigningKey: key, DirectorHash: s.hash,
	})
	return err
}

// Admin connects to the town's database as the server's superuser, past every
// policy, with the town's search path.
func (w *Town) Admin(tb testing.TB) *pgx.Conn {
	tb.Helper()
	return w.connect(tb, w.server.postgres.URL(
		w.server.postgres.SuperUser, w.server.postgres.SuperPassword, provision.NamesOf(w.Code).Database))
}

// App connects as the application's role, the way SQL injected into a page
// would run.
func (w *Town) App(tb testing.TB) *pgx.Conn {
	tb.Helper()
	return w.connect(tb, w.Config.ConnString)
}

func (w *Town) connect(tb testing.TB, url string) *pgx.Conn {
	tb.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		tb.Fatal(err)
	}
	config.RuntimeParams["search_path"] = "town"
	conn, err := pgx.ConnectConfig(tb.Context(), config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Exec runs a statement past every policy.
func (w *Town) Exec(tb testing.TB, sql string, args ...any) {
	tb.Helper()
	conn := w.Admin(tb)
	if _, err := conn.Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatalf("%s: %v", strings.Join(strings.Fields(sql), " "), err)
	}
}

// Employ gives the town one more person with a login, the first seat of each of
// the posts, and [Password] as the password. Posts are written kind@unit, such as
// grid_leader@第一村.
func (w *Town) Employ(tb testing.TB, login, name string, posts ...string) {
	tb.Helper()
	hash, err := credential.HashPassword(Password, rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	w.Exec(tb, `with employed as (insert into person (name) values ($1) returning id)
		insert into account (person_id, login, password_hash, must_change) select id, $2, $3, false from employed`,
		name, login, hash)
	for _, post := range posts {
		kind, unit, _ := strings.Cut(post, "@")
		w.Exec(tb, `insert into tenure (post_id, person_id)
			select post.id, (select person_id from account where login = $3)
			from post join grid_unit on grid_unit.id = post.grid_id
			where post.kind = $1 and grid_unit.name = $2 and grid_unit.level < 3
			and not exists (select from tenure where tenure.post_id = post.id and ends_on is null)
			order by post.seat limit 1`, kind, unit, login)
	}
}
