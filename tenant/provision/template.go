package provision

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant/store/migrations"
)

// bakeLock is the advisory lock under which a template is baked, so that two
// operators, or an operator and its successor, don't bake it twice.
const bakeLock = 0x6461_6c69_7501

// EnsureTemplate bakes the template that towns are cloned from, unless it is
// there: the base database with every migration applied, under a name that is
// the migrations' digest. An unfinished one that a crash left is dropped first.
func (s *Server) EnsureTemplate(ctx context.Context) error {
	if done, err := s.hasDatabase(ctx, templateName()); err != nil || done {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cloneTimeout)
	defer cancel()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("bake template: %w", classify(err))
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(bakeLock)); err != nil {
		return fmt.Errorf("lock template: %w", classify(err))
	}
	// The unlock must reach the server even when ctx has ended, or the pooled
	// session would keep the lock.
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(bakeLock)); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // ends the session and with it the lock
		}
	}()
	if done, err := s.hasDatabase(ctx, templateName()); err != nil || done {
		return err
	}
	if err := s.bake(ctx, conn.Conn()); err != nil {
		return fmt.Errorf("bake template %s: %w", templateName(), classify(err))
	}
	return nil
}

func (s *Server) bake(ctx context.Context, conn *pgx.Conn) error {
	unfinished := templateName() + "_baking"
	clearing, err := s.leftovers(ctx, conn, unfinished, templateName())
	if err != nil {
		return err
	}
	for _, statement := range append(clearing,
		"CREATE DATABASE "+name(unfinished)+" TEMPLATE "+name(baseDatabase)+" ALLOW_CONNECTIONS false",
		"REVOKE ALL ON DATABASE "+name(unfinished)+" FROM PUBLIC",
		"GRANT CREATE ON DATABASE "+name(unfinished)+" TO "+name(templateRole),
		"ALTER DATABASE "+name(unfinished)+" ALLOW_CONNECTIONS true",
	) {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	config := s.config.Copy()
	config.Database = unfinished
	config.RuntimeParams = map[string]string{
		"application_name": "daliu operator", "search_path": migrations.Schema, "role": templateRole,
	}
	if err := createSchema(ctx, config); err != nil {
		return err
	}
	if _, err := migrations.Up(ctx, config); err != nil {
		return err
	}
	// Both or neither: a template under the unfinished name would be in the way.
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, statement := range []string{
			"ALTER DATABASE " + name(unfinished) + " ALLOW_CONNECTIONS false IS_TEMPLATE true",
			"ALTER DATABASE " + name(unfinished) + " RENAME TO " + name(templateName()),
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// leftovers are the statements that clear away what an interrupted bake or drop
// left under these names. PostgreSQL drops no template, and alters nothing that
// is half dropped.
func (s *Server) leftovers(ctx context.Context, conn *pgx.Conn, names ...string) ([]string, error) {
	rows, err := conn.Query(ctx, "select datname, datistemplate and datconnlimit <> -2 from pg_database where datname = any($1)", names)
	if err != nil {
		return nil, err
	}
	var statements []string
	var database string
	var template bool
	_, err = pgx.ForEachRow(rows, []any{&database, &template}, func() error {
		if template {
			statements = append(statements, "ALTER DATABASE "+name(database)+" IS_TEMPLATE false")
		}
		statements = append(statements, "DROP DATABASE "+name(database))
		return nil
	})
	return statements, err
}

func createSchema(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE SCHEMA "+name(migrations.Schema))
	return err
}

func (s *Server) hasDatabase(ctx context.Context, database string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var found bool
	err := s.pool.QueryRow(ctx, "select exists (select from pg_database where datname = $1 and datconnlimit <> -2)", database).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("look for database %s: %w", database, classify(err))
	}
	return found, nil
}
