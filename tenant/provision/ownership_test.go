package provision_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant/provision"
)

// Invariant 1 and 2: what is not this Township's is never touched, and what is
// gone is never replaced by something empty.
func TestInvariant1StrangersAreLeftUntouched(t *testing.T) {
	t.Parallel()
	s := openServer(t)

	t.Run("a role that somebody else made is a conflict", func(t *testing.T) {
		t.Parallel()
		b := newBuilt(t, newCode(), "mine")
		execAs(t, asSuperuser(t, "postgres"), "create role "+b.names.Owner)
		if _, err := provision.DiffRoles(b.id, observe(t, s, b.id.Code)); !errors.Is(err, provision.ErrConflict) {
			t.Errorf("error = %v, want %v", err, provision.ErrConflict)
		}
	})
	t.Run("a login without its owner role is a conflict", func(t *testing.T) {
		t.Parallel()
		b := newBuilt(t, newCode(), "mine")
		execAs(t, asSuperuser(t, "postgres"), "create role "+b.names.AppA)
		if _, err := provision.DiffRoles(b.id, observe(t, s, b.id.Code)); !errors.Is(err, provision.ErrConflict) {
			t.Errorf("error = %v, want %v", err, provision.ErrConflict)
		}
	})
	t.Run("a database without our mark is a conflict", func(t *testing.T) {
		t.Parallel()
		b := newBuilt(t, newCode(), "mine")
		execAs(t, asSuperuser(t, "postgres"), "create database "+b.names.Database+" allow_connections false")
		if _, err := observe(t, s, b.id.Code).OwnedBy(b.id); !errors.Is(err, provision.ErrConflict) {
			t.Errorf("error = %v, want %v", err, provision.ErrConflict)
		}
	})
	t.Run("another Township's town is a conflict", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		other := newBuilt(t, b.id.Code, "another-uid")
		seen := observe(t, s, b.id.Code)
		if _, err := seen.OwnedBy(other.id); !errors.Is(err, provision.ErrConflict) {
			t.Errorf("database: error = %v, want %v", err, provision.ErrConflict)
		}
		if _, err := provision.DiffRoles(other.id, seen); !errors.Is(err, provision.ErrConflict) {
			t.Errorf("roles: error = %v, want %v", err, provision.ErrConflict)
		}
		_, err := s.Drop(t.Context(), other.id, seen.Database.OID)
		must(t, err)
		_, err = s.Release(t.Context(), other.id)
		must(t, err)
		if after := observe(t, s, b.id.Code); after.Database == nil || after.Database.Comment != seen.Database.Comment {
			t.Error("another Township's deletion changed the database")
		}
	})
	t.Run("a database that is gone is missing, not new", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		execAs(t, asSuperuser(t, "postgres"), "drop database "+b.names.Database+" with (force)")
		if _, err := observe(t, s, b.id.Code).OwnedBy(b.id); !errors.Is(err, provision.ErrDatabaseMissing) {
			t.Errorf("error = %v, want %v", err, provision.ErrDatabaseMissing)
		}
	})
	t.Run("a database in its place is a conflict", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		execAs(t, asSuperuser(t, "postgres"), "drop database "+b.names.Database+" with (force)", "create database "+b.names.Database+" allow_connections false owner "+b.names.Owner)
		if _, err := observe(t, s, b.id.Code).OwnedBy(b.id); !errors.Is(err, provision.ErrConflict) {
			t.Errorf("error = %v, want %v", err, provision.ErrConflict)
		}
	})
	t.Run("a database that was restored with its comment is the town's", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		was := observe(t, s, b.id.Code).Database
		execAs(t, asSuperuser(t, "postgres"),
			"alter database "+b.names.Database+" rename to restored_"+b.names.Database,
			"create database "+b.names.Database+" template restored_"+b.names.Database+" owner "+b.names.Owner+" allow_connections false",
			"drop database restored_"+b.names.Database, "comment on database "+b.names.Database+" is '"+was.Comment+"'")
		seen := observe(t, s, b.id.Code)
		if ours, err := seen.OwnedBy(b.id); !ours || err != nil {
			t.Fatalf("ours = %v, %v", ours, err)
		}
		must(t, s.Apply(t.Context(), provision.DiffDatabase(b.id, seen)))
		if left := provision.DiffDatabase(b.id, observe(t, s, b.id.Code)); len(left) > 0 {
			t.Errorf("left to do: %v", left)
		}
		must(t, login(t, b.app, b.names.Database))
	})
	t.Run("a mark that was lost is asked of the town itself", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		execAs(t, asSuperuser(t, "postgres"), "comment on database "+b.names.Database+" is null")
		seen := observe(t, s, b.id.Code)
		if ours, err := seen.OwnedBy(b.id); !ours || err != nil || !seen.LostMark(b.id) {
			t.Fatalf("ours = %v, lost %v, %v", ours, seen.LostMark(b.id), err)
		}
		mark, err := s.RecoverMark(t.Context(), b.id)
		must(t, err)
		if mark.Schema != b.mark.Schema || mark.Model != b.mark.Model {
			t.Errorf("mark = %+v, want the schema and model of %+v", mark, b.mark)
		}
	})
	t.Run("an owner role that lost its mark is known by its database", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		execAs(t, asSuperuser(t, "postgres"), "comment on role "+b.names.Owner+" is null")
		changes, err := provision.DiffRoles(b.id, observe(t, s, b.id.Code))
		must(t, err)
		must(t, s.Apply(t.Context(), changes))
		if left, err := provision.DiffRoles(b.id, observe(t, s, b.id.Code)); err != nil || len(left) > 0 {
			t.Errorf("left to do: %v, %v", left, err)
		}
	})
	t.Run("a town of another district is not adopted", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		_, err := s.Release(t.Context(), b.id)
		must(t, err)
		thief := newBuilt(t, b.id.Code, "another-uid")
		thief.id.District, thief.id.Adopt = "gulang", b.id.UID
		if _, err := observe(t, s, b.id.Code).OwnedBy(thief.id); !errors.Is(err, provision.ErrConflict) {
			t.Errorf("error = %v, want %v", err, provision.ErrConflict)
		}
	})
	t.Run("a half dropped database is told as such", func(t *testing.T) {
		t.Parallel()
		b := build(t, s, daliu(newCode()))
		execAs(t, asSuperuser(t, "postgres"), "update pg_database set datconnlimit = -2 where datname = '"+b.names.Database+"'")
		if _, err := observe(t, s, b.id.Code).OwnedBy(b.id); !errors.Is(err, provision.ErrDatabaseInvalid) {
			t.Errorf("error = %v, want %v", err, provision.ErrDatabaseInvalid)
		}
	})
}

// Invariant 2: an operator that was stopped between two statements goes on
// where it was, and CREATE DATABASE runs once.
func TestInvariant2InterruptedCreationGoesOn(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	charter := daliu(newCode())
	b := newBuilt(t, charter.Code, "mine")
	roles, err := provision.DiffRoles(b.id, observe(t, s, charter.Code))
	must(t, err)
	must(t, s.Apply(t.Context(), roles))
	must(t, s.CreateDatabase(t.Context(), charter.Code))
	// Stopped here: the database has no mark, no rights and admits nobody.
	seen := observe(t, s, charter.Code)
	ours, err := seen.OwnedBy(b.id)
	must(t, err)
	if !ours || seen.Database.AllowConnections || seen.Database.Comment != "" {
		t.Fatalf("unfinished database: ours %v, %+v", ours, seen.Database)
	}
	if err := s.CreateDatabase(t.Context(), charter.Code); err == nil {
		t.Fatal("a second CREATE DATABASE succeeded")
	}
	must(t, s.Apply(t.Context(), provision.DiffDatabase(b.id, seen)))
	mark, _ := observe(t, s, charter.Code).Database.Mark()
	mark, err = s.EnsureSchema(t.Context(), charter.Code, mark)
	must(t, err)
	_, err = s.EnsureSeed(t.Context(), mark, seedOf(b, charter))
	must(t, err)
	if found, err := s.Probe(t.Context(), charter.Code, provision.Probe{Login: b.app, SigningKey: b.key}); err != nil || len(found.Reached) > 0 || !found.KeyAccepted {
		t.Errorf("probe: %+v, %v", found, err)
	}
}

func TestDropTakesTheRecordedDatabaseOnly(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b := build(t, s, daliu(newCode()))
	oid := observe(t, s, b.id.Code).Database.OID
	session := connect(t, postgres.URL(b.app.Role, b.app.Password, b.names.Database))
	if _, err := s.Drop(t.Context(), b.id, oid+1); !errors.Is(err, provision.ErrNotConfirmed) {
		t.Fatalf("another oid: error = %v, want %v", err, provision.ErrNotConfirmed)
	}
	_, err := s.Drop(t.Context(), b.id, oid)
	must(t, err)
	if _, err := session.Exec(t.Context(), "select 1"); err == nil {
		t.Error("a session went on in a dropped database")
	}
	if seen := observe(t, s, b.id.Code); seen.Database != nil || len(seen.Roles) > 0 {
		t.Errorf("left behind: %+v", seen)
	}
	_, err = s.Drop(t.Context(), b.id, oid) // again, as after a crash
	must(t, err)
}

func TestReleaseLeavesTheRowsAndClosesTheDoor(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b := build(t, s, daliu(newCode()))
	session := connect(t, postgres.URL(b.app.Role, b.app.Password, b.names.Database))
	_, err := s.Release(t.Context(), b.id)
	must(t, err)
	_, err = s.Release(t.Context(), b.id) // again, as after a crash
	must(t, err)
	if _, err := session.Exec(t.Context(), "select 1"); err == nil {
		t.Error("a session went on after the release")
	}
	for _, l := range []provision.Login{b.app, b.rollup} {
		if err := login(t, l, b.names.Database); err == nil {
			t.Errorf("%s still logs in", l.Role)
		}
	}
	seen := observe(t, s, b.id.Code)
	if mark, _ := seen.Database.Mark(); !mark.Released || mark.UID != b.id.UID || mark.Seed != b.mark.Seed {
		t.Errorf("mark = %+v", mark)
	}
	var groups int
	must(t, asSuperuser(t, b.names.Database).QueryRow(t.Context(), "select count(*) from town.grid_unit where level = 3").Scan(&groups))
	if groups != 66 {
		t.Errorf("groups left = %d, want 66", groups)
	}
}

// Invariant 5, in the window of creation too: no other town's login ever enters.
func TestInvariant5NobodyEntersDuringCreation(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	stranger := build(t, s, daliu(newCode()))
	charter := daliu(newCode())
	target := provision.NamesOf(charter.Code).Database

	ctx, stop := context.WithCancel(t.Context())
	tried := make(chan int)
	entered := make(chan string, 1)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			conn, err := pgx.Connect(ctx, postgres.URL(stranger.app.Role, stranger.app.Password, target))
			if err == nil {
				_ = conn.Close(ctx)
				entered <- fmt.Sprintf("try %d", n)
				break
			}
		}
		tried <- n
	}()
	build(t, s, charter)
	time.Sleep(100 * time.Millisecond)
	stop()
	n := <-tried
	select {
	case which := <-entered:
		t.Errorf("a stranger entered %s at %s", target, which)
	default:
	}
	if n < 5 {
		t.Errorf("only %d tries: the window was not watched", n)
	}
	t.Logf("%d tries refused", n)
}

// Invariant 5: a town's credential reaches its own database and nothing else.
func TestInvariant5CredentialReachesItsOwnDatabaseOnly(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b, other := build(t, s, daliu(newCode())), build(t, s, daliu(newCode()))
	for _, l := range []provision.Login{b.app, b.rollup} {
		must(t, login(t, l, b.names.Database))
		for _, database := range []string{other.names.Database, "postgres", "template1", "template0", "daliu_base"} {
			if err := login(t, l, database); err == nil {
				t.Errorf("%s entered %s", l.Role, database)
			}
		}
	}
	if err := login(t, provision.Login{Role: other.names.AppA, Password: b.app.Password}, other.names.Database); err == nil {
		t.Error("one town's password opened another's login")
	}
	for _, role := range []string{b.names.Owner, b.names.Migrator, b.names.App, b.names.AppB} {
		if err := login(t, provision.Login{Role: role, Password: b.app.Password}, b.names.Database); err == nil {
			t.Errorf("%s logged in", role)
		}
	}

	own := connect(t, postgres.URL(b.app.Role, b.app.Password, b.names.Database))
	for _, statement := range []string{
		"create schema x", "create table town.x ()", "create table public.x ()", "create temp table x ()", "create extension dblink",
		"create role x", "create database x", "select lo_create(0)", "select lo_from_bytea(0, 'x')",
		"select pg_read_file('/etc/passwd')", "copy (select 1) to program 'true'", "copy town.town from '/etc/passwd'",
		"set role " + b.names.Owner, "set role " + b.names.Migrator, "set role " + other.names.App, "set role daliu_template",
		"grant pg_read_server_files to " + b.names.AppA, "set session authorization " + other.names.AppA,
		"alter database " + b.names.Database + " set search_path = x", "alter role " + b.names.AppA + " connection limit 1000",
		"comment on database " + b.names.Database + " is 'x'", "drop table town.audit", "delete from town.audit", "update town.audit set noun = 'x'",
		"select key from town.guard_key", "select * from town.account", "select * from town.session",
	} {
		if _, err := own.Exec(t.Context(), statement); err == nil {
			t.Errorf("the application's login may: %s", statement)
		} else if !strings.Contains(err.Error(), "permission denied") && !strings.Contains(err.Error(), "must ") {
			t.Errorf("%s: refused for another cause: %v", statement, err)
		}
	}
	if _, err := own.Exec(t.Context(), "reset role"); err != nil {
		t.Fatal(err)
	}
}

// Were CONNECT ever leaked, a stranger still could not use the schema.
func TestInvariant5SchemaRefusesAStrangerWhoGotIn(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b, stranger := build(t, s, daliu(newCode())), build(t, s, daliu(newCode()))
	execAs(t, asSuperuser(t, "postgres"), "grant connect on database "+b.names.Database+" to "+stranger.names.AppA)
	inside := connect(t, postgres.URL(stranger.app.Role, stranger.app.Password, b.names.Database))
	for _, statement := range []string{"select * from town.town", "select * from town.readiness()", "select * from rollup.establishment"} {
		if _, err := inside.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "permission denied for schema") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	found, err := s.Probe(t.Context(), stranger.id.Code, provision.Probe{Login: stranger.app, SigningKey: stranger.key, Neighbour: b.id.Code})
	must(t, err)
	if len(found.Reached) != 2 {
		t.Errorf("the probe reached %q, want the neighbour's database twice: by right and by login", found.Reached)
	}
}
