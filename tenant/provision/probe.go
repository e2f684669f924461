package provision

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
)

// A Login is a role and its password.
type Login struct {
	Role     string
	Password string
}

// A Probe is what a town is probed with.
type Probe struct {
	Login Login // the application's
	// SigningKey is the key that the serving process would sign with.
	SigningKey []byte
	// Neighbour is another town of the server whose door is tried; may be empty.
	Neighbour tenant.Code
}

// Findings are what a probe saw.
type Findings struct {
	// Reached names what is not the town's and was open: empty when isolated.
	Reached []string
	// KeyAccepted says that the town accepts what the signing key signs.
	KeyAccepted bool
}

// probeQuery is asked by the town's own login: which databases besides its own
// it could enter, which roles it could become besides its own, and what it
// could do in its own database that it must not.
const probeQuery = `
select array(
    select 'database ' || datname from pg_database
    where datname <> current_database() and datallowconn and has_database_privilege(oid, 'CONNECT')
    order by 1)
  || array(
    select 'role ' || rolname from pg_roles
    where rolname not in (current_user, $1, $2) and pg_has_role(oid, 'MEMBER')
    order by 1)
  || array(
    select what from (values
      ('schemas in its own database', has_database_privilege(current_database(), 'CREATE')),
      ('temporary tables', has_database_privilege(current_database(), 'TEMPORARY')),
      ('tables in schema public', has_schema_privilege('public', 'CREATE')),
      ('tables in schema town', has_schema_privilege('town', 'CREATE')),
      ('large objects', has_function_privilege('pg_catalog.lo_create(oid)', 'EXECUTE')
                     or has_function_privilege('pg_catalog.lo_from_bytea(oid, bytea)', 'EXECUTE')),
      ('files of the server', has_function_privilege('pg_catalog.pg_read_file(text)', 'EXECUTE'))
    ) could(what, allowed)
    where allowed),
  town.proven($3, $4)`

// Probe logs in with a town's own credential and looks at what it reaches that
// is not the town's. It also tries for real to enter the maintenance database
// and, if given, a neighbour's.
//
// It returns [ErrCredentialRefused] when the login does not open the town's own
// database, and [ErrUnreachable] when the server does not answer.
func (s *Server) Probe(ctx context.Context, code tenant.Code, p Probe) (Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	n := NamesOf(code)
	conn, err := s.connect(ctx, n.Database, p.Login.Role, p.Login.Password, map[string]string{"search_path": "pg_catalog"})
	if err != nil {
		return Findings{}, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var found Findings
	statement := "probe|" + rand.Text()
	signature := hmac.New(sha256.New, p.SigningKey)
	signature.Write([]byte(statement))
	err = conn.QueryRow(ctx, probeQuery, n.App, appRole, statement, signature.Sum(nil)).Scan(&found.Reached, &found.KeyAccepted)
	if err != nil {
		return Findings{}, fmt.Errorf("probe town %s: %w", code, classify(err))
	}
	targets := []string{maintenanceDatabase}
	if p.Neighbour != "" {
		targets = append(targets, NamesOf(p.Neighbour).Database)
	}
	for _, target := range targets {
		entered, err := s.enters(ctx, target, p.Login)
		if err != nil {
			return Findings{}, fmt.Errorf("probe town %s: %w", code, err)
		}
		if entered {
			found.Reached = append(found.Reached, "database "+target+" by login")
		}
	}
	return found, nil
}

// enters tries to log in to a database that should refuse.
func (s *Server) enters(ctx context.Context, database string, login Login) (bool, error) {
	conn, err := s.connect(ctx, database, login.Role, login.Password, nil)
	switch {
	case err == nil:
		return true, conn.Close(ctx)
	case hasCode(err, insufficientRight, objectNotInState, invalidCatalogName):
		return false, nil
	}
	return false, err
}

// Establishment reads the town's numbers through its roll-up login, which sees
// nothing else.
func (s *Server) Establishment(ctx context.Context, code tenant.Code, login Login) (tenant.Establishment, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	conn, err := s.connect(ctx, NamesOf(code).Database, login.Role, login.Password, map[string]string{"search_path": "rollup"})
	if err != nil {
		return tenant.Establishment{}, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, `select level1, level2, level3, committees, mediators, information_officers,
		volunteers, household_heads, consultation_bodies, consultation_members, areas, units from establishment`)
	if err != nil {
		return tenant.Establishment{}, fmt.Errorf("count town %s: %w", code, classify(err))
	}
	counts, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[tenant.Establishment])
	if err != nil {
		return tenant.Establishment{}, fmt.Errorf("count town %s: %w", code, classify(err))
	}
	return counts, nil
}
