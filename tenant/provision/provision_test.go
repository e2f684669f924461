package provision_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/localcluster"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// postgres is the one server of this test binary.
var postgres *localcluster.Postgres

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	var err error
	if postgres, err = localcluster.StartPostgres(ctx, localcluster.PostgresOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := postgres.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return m.Run()
}

// openServer opens the test's server as the operator.
func openServer(t *testing.T) *provision.Server {
	t.Helper()
	server, err := provision.Open(t.Context(), provision.Config{
		Host: postgres.Host, Port: postgres.Port, User: postgres.OperatorUser, Password: postgres.OperatorPassword, SSLMode: "disable",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	if err := server.EnsureTemplate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server
}

// daliu is the case study's town.
func daliu(code tenant.Code) tenant.Charter {
	charter := tenant.Charter{
		Code: code, Name: "大柳镇", Households: 3647, Population: 14091, ConsultationMembers: 11,
		Venues: []tenant.Venue{{Kind: "institution", Count: 12}, {Kind: "shop", Count: 150, AtLeast: true}},
		Units:  []tenant.CharterUnit{{Name: "综治中心", Stationing: "resident"}, {Name: "司法所", Stationing: "rotating"}},
	}
	names := []string{"第一村", "第二村", "第三村", "第四村", "第五村", "第六村", "第七村"}
	for i, name := range names {
		g := tenant.CharterGrid{
			Kind: tenant.Village, Name: name, Groups: 9, Mediators: 6, InformationOfficers: 4, Volunteers: 3,
			HouseholdHeads: 5, ConsultationMembers: 10,
		}
		if i >= 4 {
			g.Groups, g.InformationOfficers = 10, 3
		}
		if i == 6 {
			g.ConsultationMembers = 11
		}
		charter.Grids = append(charter.Grids, g)
	}
	households := 474
	charter.Grids = append(charter.Grids, tenant.CharterGrid{
		Kind: tenant.Community, Name: "幸福社区", Households: &households,
		Mediators: 5, InformationOfficers: 3, Volunteers: 4, HouseholdHeads: 6,
	})
	charter.Areas = []tenant.CharterArea{
		{Name: "东片", Leader: tenant.PartySecretary, Grids: names[:4]},
		{Name: "西片", Leader: tenant.Mayor, Grids: append([]string{"幸福社区"}, names[4:]...)},
	}
	return charter
}

// A built town and what it takes to enter it.
type built struct {
	id     provision.Identification
	names  provision.Names
	app    provision.Login
	rollup provision.Login
	key    []byte
	mark   provision.Mark
}

// build provisions a town from nothing, as the operator does.
func build(t *testing.T, s *provision.Server, charter tenant.Charter) built {
	t.Helper()
	b := newBuilt(t, charter.Code, "uid-"+string(charter.Code))
	b.mark = raise(t, s, b, charter)
	return b
}

func newBuilt(t *testing.T, code tenant.Code, uid string) built {
	t.Helper()
	n := provision.NamesOf(code)
	b := built{names: n, id: provision.Identification{Code: code, UID: uid, District: "liangzhou", Verifiers: map[string]string{}}}
	for role, login := range map[string]*provision.Login{n.AppA: &b.app, n.Rollup: &b.rollup} {
		password, err := credential.Random(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		*login = provision.Login{Role: role, Password: password}
		if b.id.Verifiers[role], err = credential.SCRAMVerifier(password, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if b.key, err = credential.Key(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return b
}

func raise(t *testing.T, s *provision.Server, b built, charter tenant.Charter) provision.Mark {
	t.Helper()
	ctx := t.Context()
	town := observe(t, s, charter.Code)
	changes, err := provision.DiffRoles(b.id, town)
	must(t, err)
	must(t, s.Apply(ctx, changes))
	must(t, s.CreateDatabase(ctx, charter.Code))
	must(t, s.Apply(ctx, provision.DiffDatabase(b.id, observe(t, s, charter.Code))))
	mark, marked := observe(t, s, charter.Code).Database.Mark()
	if !marked {
		t.Fatal("a new database carries no mark")
	}
	mark, err = s.EnsureSchema(ctx, charter.Code, mark)
	must(t, err)
	mark, err = s.EnsureSeed(ctx, mark, seedOf(b, charter))
	must(t, err)
	return mark
}

func seedOf(b built, charter tenant.Charter) provision.Seed {
	return provision.Seed{
		Charter: charter, Model: "daliu-2021", ModelSpec: []byte(`{}`), SigningKey: b.key,
		DirectorHash: "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
	}
}

func observe(t *testing.T, s *provision.Server, code tenant.Code) provision.Town {
	t.Helper()
	town, err := s.Observe(t.Context(), code)
	must(t, err)
	return town
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var lastCode atomic.Int64

// newCode is a code that no other test of this binary uses.
func newCode() tenant.Code { return tenant.Code(fmt.Sprintf("620602%03d000", 100+lastCode.Add(1))) }

// asSuperuser connects past every guard, to break what a test breaks.
func asSuperuser(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	return connect(t, postgres.URL(postgres.SuperUser, postgres.SuperPassword, database))
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func execAs(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// login tries a town's own password at a database.
func login(t *testing.T, l provision.Login, database string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), postgres.URL(l.Role, l.Password, database))
	if err == nil {
		_ = conn.Close(t.Context())
	}
	return err
}
