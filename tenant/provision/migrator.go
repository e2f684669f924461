package provision

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/store/migrations"
)

// migratorValidity is how long the migrator could log in if the operator were
// stopped before it closed the login again, as PostgreSQL reads an interval.
const migratorValidity = "10 minutes"

// asMigrator opens the town's migrator login with a password that is used once
// and stored nowhere, gives do the settings to connect with, and closes the
// login again. The operator never holds an administrator's session inside a
// town's database: what a town's own code could do there, it could only do to
// the town's owner.
func (s *Server) asMigrator(ctx context.Context, code tenant.Code, do func(context.Context, *pgx.ConnConfig) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	n := NamesOf(code)
	password, err := credential.Random(rand.Reader)
	if err != nil {
		return err
	}
	verifier, err := credential.SCRAMVerifier(password, rand.Reader)
	if err != nil {
		return err
	}
	var until string // by the server's clock
	if err := s.pool.QueryRow(ctx, "select (now() + $1::interval)::text", migratorValidity).Scan(&until); err != nil {
		return fmt.Errorf("open login %s: %w", n.Migrator, classify(err))
	}
	if err := s.exec(ctx, fmt.Sprintf("ALTER ROLE %s LOGIN PASSWORD %s VALID UNTIL %s",
		name(n.Migrator), literal(verifier), literal(until))); err != nil {
		return fmt.Errorf("open login %s: %w", n.Migrator, err)
	}
	defer func() {
		closing := s.exec(context.WithoutCancel(ctx), "ALTER ROLE "+name(n.Migrator)+" NOLOGIN PASSWORD NULL")
		if closing != nil {
			err = errors.Join(err, fmt.Errorf("close login %s: %w", n.Migrator, closing))
		}
	}()

	config := s.config.Copy()
	config.Database, config.User, config.Password = n.Database, n.Migrator, password
	config.RuntimeParams = map[string]string{
		"application_name": "daliu migrator", "search_path": migrations.Schema, "role": n.Owner,
		"lock_timeout": "10s", "statement_timeout": "0",
	}
	return do(ctx, config)
}

// EnsureSchema brings a town's database to this program's schema and keeps its
// version in the mark. A fresh clone is handed over from the template's owner
// to the town's own, so that no two towns share an owner.
//
// It returns [ErrSchemaNewer], having changed nothing, when the database is
// ahead of this program.
func (s *Server) EnsureSchema(ctx context.Context, code tenant.Code, mark Mark) (Mark, error) {
	latest := migrations.Latest()
	switch {
	case mark.Schema == latest:
		return mark, nil
	case mark.Schema > latest:
		return mark, fmt.Errorf("town %s is at schema %d, this program at %d: %w", code, mark.Schema, latest, ErrSchemaNewer)
	}
	if mark.Schema == 0 {
		handed, err := s.handOver(ctx, code, mark)
		if err != nil {
			return mark, fmt.Errorf("hand over database of town %s: %w", code, classify(err))
		}
		if mark = handed; mark.Schema == latest {
			return mark, nil
		}
	}
	mark.Schema = latest
	err := s.asMigrator(ctx, code, func(ctx context.Context, config *pgx.ConnConfig) error {
		if _, err := migrations.Up(ctx, config); err != nil {
			return err
		}
		return s.inTown(ctx, config, func(tx pgx.Tx) error { return setMark(ctx, tx, code, mark) })
	})
	if err != nil {
		return mark, fmt.Errorf("bring town %s to schema %d: %w", code, latest, classify(err))
	}
	return mark, nil
}

// handOver gives the objects of a fresh clone to the town's owner and marks the
// schema that the clone came with. For that moment alone the migrator is a
// member of the template's owner.
func (s *Server) handOver(ctx context.Context, code tenant.Code, mark Mark) (Mark, error) {
	n := NamesOf(code)
	if err := s.exec(ctx, "GRANT "+name(templateRole)+" TO "+name(n.Migrator)); err != nil {
		return mark, err
	}
	err := s.asMigrator(ctx, code, func(ctx context.Context, config *pgx.ConnConfig) error {
		delete(config.RuntimeParams, "role") // the owner alone could not take what is the template's
		return s.inTown(ctx, config, func(tx pgx.Tx) error {
			for _, statement := range []string{
				// The schemas first: a table's new owner must be able to create in it.
				"ALTER SCHEMA " + name(migrations.Schema) + " OWNER TO " + name(n.Owner),
				"ALTER SCHEMA rollup OWNER TO " + name(n.Owner),
				"REASSIGN OWNED BY " + name(templateRole) + " TO " + name(n.Owner),
				"GRANT USAGE ON SCHEMA " + name(migrations.Schema) + " TO " + name(n.App),
				"GRANT USAGE ON SCHEMA rollup TO " + name(n.Rollup),
			} {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			if err := tx.QueryRow(ctx, "select max(version_id) from goose_db_version where is_applied").Scan(&mark.Schema); err != nil {
				return err
			}
			return setMark(ctx, tx, code, mark)
		})
	})
	return mark, errors.Join(err, s.exec(context.WithoutCancel(ctx), "REVOKE "+name(templateRole)+" FROM "+name(n.Migrator)))
}

// RecoverMark asks a town's database what it holds and marks it again, when its
// mark was lost. The seed is not asked: it is written again, which changes
// nothing that is right.
func (s *Server) RecoverMark(ctx context.Context, id Identification) (Mark, error) {
	mark := Mark{UID: id.UID, District: id.District}
	err := s.asMigrator(ctx, id.Code, func(ctx context.Context, config *pgx.ConnConfig) error {
		return s.inTown(ctx, config, func(tx pgx.Tx) error {
			err := tx.QueryRow(ctx, `select (select max(version_id) from goose_db_version where is_applied),
				coalesce((select model from town), '')`).Scan(&mark.Schema, &mark.Model)
			if err != nil {
				return err
			}
			return setMark(ctx, tx, id.Code, mark)
		})
	})
	if err != nil {
		return mark, fmt.Errorf("recover mark of town %s: %w", id.Code, classify(err))
	}
	return mark, nil
}

// inTown runs do in one transaction inside a town's database.
func (s *Server) inTown(ctx context.Context, config *pgx.ConnConfig, do func(pgx.Tx) error) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return pgx.BeginFunc(ctx, conn, do)
}
