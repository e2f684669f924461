package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

// visible counts the rows that a connection of the application sees.
const visible = `select (select count(*) from grid_unit) + (select count(*) from post) + (select count(*) from person)
	+ (select count(*) from town) + (select count(*) from area) + (select count(*) from tenure)`

func count(t *testing.T, conn interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, sql string, args ...any,
) int {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestInvariant8ForgedScopeShowsNoRow(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	session := signedIn(t, town.Store)
	raw := decode(t, session.Token)
	app := town.App(t)
	if n := count(t, app, visible); n != 0 {
		t.Fatalf("without an actor %d rows are visible", n)
	}

	var stolen string
	err := pgx.BeginFunc(t.Context(), app, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "select enter($1)", raw); err != nil {
			return err
		}
		if n := count(t, tx, visible); n < 75 {
			t.Errorf("the director sees %d rows", n)
		}
		return tx.QueryRow(t.Context(), "select current_setting('daliu.scope')").Scan(&stolen)
	})
	if err != nil {
		t.Fatal(err)
	}
	body, signature, _ := strings.Cut(stolen, "#")
	forgedHash := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
	for name, scope := range map[string]string{
		"a bare list of grids":           "{1,2,3,4,5,6,7,8,9}",
		"the form without a signature":   body,
		"a hash in place of a signature": body + "#" + forgedHash,
		"another transaction's":          stolen,
		"a signature on another body":    strings.Replace(body, "|", "|9", 1) + "#" + signature,
		"bars and nothing":               "|||#",
		"text where numbers belong":      "a|b|c|{d}#" + signature,
	} {
		for _, local := range []bool{true, false} {
			err := pgx.BeginFunc(t.Context(), app, func(tx pgx.Tx) error {
				if _, err := tx.Exec(t.Context(), "select set_config('daliu.scope', $1, $2)", scope, local); err != nil {
					return err
				}
				if n := count(t, tx, visible); n != 0 {
					t.Errorf("%s: %d rows are visible", name, n)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := app.Exec(t.Context(), "set row_security = off"); err == nil {
		if _, err := app.Exec(t.Context(), "select * from grid_unit"); err == nil {
			t.Error("row_security = off shows rows")
		}
	}
}

func TestInjectedSQLCannotActForSomebody(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	before := signedIn(t, town.Store)
	app := town.App(t)
	for name, sql := range map[string]string{
		"open a session":           "select session_open(1, sha256('x'), sha256('y'), now() + interval '1 hour', sha256('z'))",
		"open one without a proof": "select session_open(1, sha256('x'), sha256('y'), now() + interval '1 hour', null)",
		"read a password's hash":   "select count(*) > 0 from sign_in_try('director', '', now(), '{0}', sha256('z'))",
		"set a password":           "select own_password_set('$argon2id$', sha256('z'))",
	} {
		var done bool
		if err := app.QueryRow(t.Context(), sql).Scan(&done); err != nil || done {
			t.Errorf("%s: done = %v, error = %v", name, done, err)
		}
	}
	for name, sql := range map[string]string{
		"read the key":             "select * from guard_key",
		"sign with it":             "select seal('1|2|3|{4}')",
		"read the sessions":        "select * from session",
		"read the accounts":        "select * from account",
		"write an account":         "update account set must_change = false",
		"forgive itself":           "delete from sign_in_count",
		"write the audit":          "insert into audit (noun, action, record) values ('x', 'insert', '1')",
		"read the audit":           "select * from audit",
		"empty the audit":          "delete from audit",
		"truncate the audit":       "truncate audit",
		"read who looked at what":  "select * from access_log",
		"say that another looked":  "insert into access_log (account_id, event) values (1, 'sign_in')",
		"change the grid":          "update grid_unit set name = 'x'",
		"fill a post":              "insert into tenure (post_id, person_id) values (1, 1)",
		"rename a person":          "update person set name = 'x'",
		"see the verified scope":   "select verified_scope()",
		"replace a function":       "create or replace function town.actor() returns integer language sql as 'select 1'",
		"make a temporary table":   "create temporary table x (y int)",
		"become the owner":         fmt.Sprintf("set role t_%s_owner", town.Code),
		"turn off triggers":        "set session_replication_role = replica",
		"copy from a program":      "copy (select 1) to program 'true'",
		"read the migrations":      "select * from goose_db_version",
		"make a large object":      "select lo_from_bytea(0, 'x')",
		"change the policy of all": "alter table grid_unit disable row level security",
	} {
		_, err := app.Exec(t.Context(), sql)
		if _, refused := errors.AsType[*pgconn.PgError](err); !refused {
			t.Errorf("%s: error = %v, want the database's refusal", name, err)
		}
	}
	if _, _, err := town.Store.Me(t.Context(), own(before)); err != nil {
		t.Errorf("the director was signed out by what was refused: %v", err)
	}
}

// A wrong key means that the town was restored or swapped under the server:
// nobody gets in, and the error says why.
func TestSessionNeedsTheTownsKey(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	config := town.Config
	config.SigningKey = make([]byte, 32)
	stranger, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	_, err = stranger.SignIn(t.Context(), store.Attempt{Login: "director", Password: storetest.FirstPassword}, time.Now())
	if err == nil {
		t.Error("a server without the town's key opened a session")
	}
	if n := count(t, town.Admin(t), "select count(*) from session"); n != 0 {
		t.Errorf("%d sessions were opened", n)
	}
}

func TestInvariant8PlaceShowsOnlyTheSubtreesOfThePosts(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	town.Employ(t, "zhao", "赵主任", "grid_leader@幸福社区", "information_officer@第五村")
	for login, want := range map[string]string{
		"wang": "第一村 1组 2组 3组 4组 5组 6组 7组 8组 9组",
		"zhao": "第五村 幸福社区 1组 2组 3组 4组 5组 6组 7组 8组 9组 10组",
	} {
		session := signIn(t, town.Store, login, storetest.Password)
		_, place, err := town.Store.Place(t.Context(), store.Access{Token: session.Token, Need: tenant.ReadGrid})
		if err != nil {
			t.Fatal(err)
		}
		names, inView := []string{}, map[int]bool{}
		for _, u := range place.Grid.Units {
			names = append(names, u.Name)
			inView[u.ID] = true
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s sees %s, want %s", login, got, want)
		}
		for _, p := range place.Grid.Posts {
			if !inView[p.GridID] {
				t.Errorf("%s sees post %d outside the view", login, p.ID)
			}
			if p.Holder == "综治中心主任" {
				t.Errorf("%s sees who holds a post outside the view", login)
			}
		}
		if gaps := place.Grid.Gaps(); len(gaps) > 0 || place.Grid.Whole {
			t.Errorf("%s: view is whole = %v with gaps %v", login, place.Grid.Whole, gaps)
		}
		if place.Establishment().Level1 != 0 {
			t.Errorf("%s counts the town's own level", login)
		}
	}
}

// Many people over few connections: no row of one is ever seen by another.
func TestInvariant8ScopeDoesNotLeakThroughThePool(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	villages := []string{"第一村", "第二村", "第三村", "第四村", "第五村", "第六村", "第七村"}
	tokens := make([]string, len(villages))
	for i, village := range villages {
		login := fmt.Sprintf("head%d", i)
		town.Employ(t, login, "村干部", "grid_leader@"+village)
		tokens[i] = signIn(t, town.Store, login, storetest.Password).Token
	}
	config := town.Config
	config.MaxConns = 2
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	var people sync.WaitGroup
	for person := range 50 {
		people.Go(func() {
			dice := rand.New(rand.NewPCG(7, uint64(person)))
			for range 10 {
				i := dice.IntN(len(villages) + 1)
				if i == len(villages) {
					if _, _, err := s.Place(t.Context(), store.Access{Token: tokens[0], Need: "nothing"}); !errors.Is(err, tenant.ErrForbidden) {
						t.Errorf("refused read: error = %v", err)
					}
					continue
				}
				_, place, err := s.Place(t.Context(), store.Access{Token: tokens[i], Need: tenant.ReadGrid})
				if err != nil {
					t.Errorf("head of %s: %v", villages[i], err)
					return
				}
				for _, u := range place.Grid.Units {
					if u.Level == 2 && u.Name != villages[i] {
						t.Errorf("head of %s sees %s", villages[i], u.Name)
					}
				}
				if len(place.Grid.Units) < 10 {
					t.Errorf("head of %s sees %d units", villages[i], len(place.Grid.Units))
				}
			}
		})
	}
	people.Wait()
}

func decode(t *testing.T, token string) []byte {
	t.Helper()
	raw, err := store.DecodeToken(token)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
