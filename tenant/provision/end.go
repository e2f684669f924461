package provision

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotConfirmed says that a database is not the one that was to be dropped.
var ErrNotConfirmed = errors.New("not the database that was to be dropped")

// terminationWait is how long the sessions of a closed town are waited for.
const terminationWait = 10 * time.Second

// Release leaves a town's database where it is, marked as released, and closes
// its logins. It says whether there was anything of this Township's. Run again,
// or on a town that never had a database, it does no harm.
func (s *Server) Release(ctx context.Context, id Identification) (bool, error) {
	town, err := s.Observe(ctx, id.Code)
	if err != nil || !town.Belongs(id) {
		return false, err
	}
	statements := closeLogins(id, town)
	if town.marks(id) {
		if mark, _ := town.Database.Mark(); !mark.Released {
			mark.Released = true
			statements = append(statements, "COMMENT ON DATABASE "+name(town.Database.Name)+" IS "+literal(encodeMark(mark)))
		}
	}
	if err := s.exec(ctx, statements...); err != nil {
		return true, fmt.Errorf("release town %s: %w", id.Code, err)
	}
	return true, s.endSessions(ctx, NamesOf(id.Code).Database)
}

// Drop drops a town's database and roles. oid is the database that the Township
// recorded, or 0 if it could not: only a database that has it, or that the mark
// of its roles has recorded, and that carries this Township's mark is dropped. What is gone already is no error, and what is another's is left.
//
// The DROP waits for a checkpoint and must not be cancelled, or the database is
// left half dropped: it runs beyond ctx. It says whether a database was dropped,
// and returns [ErrNotConfirmed] when the one there is not the recorded one.
func (s *Server) Drop(ctx context.Context, id Identification, oid uint32) (bool, error) {
	town, err := s.Observe(ctx, id.Code)
	if err != nil || !town.Belongs(id) {
		return false, err // nothing here was ever made for this Township
	}
	n := NamesOf(id.Code)
	if err := s.exec(ctx, closeLogins(id, town)...); err != nil {
		return false, fmt.Errorf("close town %s: %w", id.Code, err)
	}
	if town.Database != nil {
		if err := s.dropDatabase(ctx, id, town, oid); err != nil {
			return false, err
		}
	}
	var statements []string
	for _, role := range []string{n.AppA, n.AppB, n.App, n.Rollup, n.Migrator, n.Owner} {
		if _, found := town.Roles[role]; found {
			statements = append(statements, "DROP ROLE "+name(role))
		}
	}
	if err := s.exec(ctx, statements...); err != nil {
		return town.Database != nil, fmt.Errorf("drop roles of town %s: %w", id.Code, err)
	}
	return town.Database != nil, nil
}

func (s *Server) dropDatabase(ctx context.Context, id Identification, town Town, oid uint32) error {
	db := *town.Database
	owner, _ := parseMark[ownerMark](town.Roles[NamesOf(id.Code).Owner].Comment)
	unopened := db.Comment == "" && owner.UID == id.UID && owner.Database == 0 && db.Owner == NamesOf(id.Code).Owner
	switch {
	case unopened: // a clone that nobody ever entered
	// The Township was deleted before it could record its database; the role's
	// mark, written in the transaction that opened it, has recorded it.
	case oid == 0 && town.marks(id) && owner.UID == id.UID && owner.Database == db.OID:
	case !town.marks(id) || db.OID != oid:
		return fmt.Errorf("database %s with oid %d and mark %q, recorded oid %d: %w", db.Name, db.OID, db.Comment, oid, ErrNotConfirmed)
	}
	if err := s.endSessions(ctx, db.Name); err != nil {
		return err
	}
	if _, err := s.pool.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+name(db.Name)); err != nil {
		return fmt.Errorf("drop database %s: %w", db.Name, classify(err))
	}
	return nil
}

// closeLogins takes the right to log in from every role of a town.
func closeLogins(id Identification, town Town) []string {
	n := NamesOf(id.Code)
	var statements []string
	for _, role := range n.Roles() {
		if town.Roles[role].Login {
			statements = append(statements, "ALTER ROLE "+name(role)+" NOLOGIN PASSWORD NULL")
		}
	}
	return statements
}

// endSessions ends the sessions of a town's own logins and waits until they are
// gone.
func (s *Server) endSessions(ctx context.Context, database string) error {
	ctx, cancel := context.WithTimeout(ctx, terminationWait)
	defer cancel()
	for {
		var left int
		err := s.pool.QueryRow(ctx, `select count(pg_terminate_backend(pid)) from pg_stat_activity
			where datname = $1 and usename like 't\_%'`, database).Scan(&left)
		if err != nil {
			return fmt.Errorf("end sessions of %s: %w", database, classify(err))
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("end sessions of %s: %d left: %w", database, left, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
