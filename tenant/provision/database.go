package provision

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
)

// databaseLimit bounds all sessions of a town's database.
const databaseLimit = 60

// databaseSettings hold for every session in a town that does not choose
// otherwise: no statement of the application runs for ever.
var databaseSettings = []string{
	"idle_in_transaction_session_timeout=60s",
	"statement_timeout=30s",
}

// OwnedBy says whether the town's database is this Township's: either it
// carries its mark, or it was being made for it when the operator was stopped
// (no mark yet, but owned by a role that carries it).
//
// It returns [ErrConflict] when it is somebody else's, [ErrDatabaseMissing]
// when there was one and it is gone, and [ErrDatabaseInvalid] when it was left
// half dropped. It is false when there is no database and never was.
func (t Town) OwnedBy(id Identification) (bool, error) {
	n := NamesOf(id.Code)
	owner, _ := parseMark[ownerMark](t.Roles[n.Owner].Comment)
	db := t.Database
	switch {
	case db == nil && id.owns(owner.UID) && owner.Database != 0:
		return false, fmt.Errorf("database %s with oid %d: %w", n.Database, owner.Database, ErrDatabaseMissing)
	case db == nil:
		return false, nil
	}
	mark, marked := db.Mark()
	switch {
	case marked && !id.owns(mark.UID):
		return false, fmt.Errorf("database %s is marked %q: %w", n.Database, db.Comment, ErrConflict)
	case !marked && (db.Comment != "" || db.Owner != n.Owner || !id.owns(owner.UID)):
		return false, fmt.Errorf("database %s carries no mark of this town: %w", n.Database, ErrConflict)
	case owner.Database != 0 && owner.Database != db.OID:
		return false, fmt.Errorf("database %s has oid %d, the town's had %d: %w", n.Database, db.OID, owner.Database, ErrConflict)
	case db.ConnectionLimit == halfDropped:
		return false, fmt.Errorf("database %s with oid %d: %w", n.Database, db.OID, ErrDatabaseInvalid)
	}
	return true, nil
}

// DiffDatabase compares a town's own database with what it should be. The
// changes close it to strangers, mark it, and open it to its own roles, in this
// order and in one transaction.
func DiffDatabase(id Identification, t Town) []Change {
	n, db := NamesOf(id.Code), *t.Database
	var changes []Change
	add := func(what, sql string) {
		changes = append(changes, Change{What: "database " + db.Name + " " + what, SQL: sql})
	}
	onDatabase := func(clause string) string { return "ALTER DATABASE " + name(db.Name) + " " + clause }

	if db.Owner != n.Owner {
		add("is owned by "+db.Owner, onDatabase("OWNER TO "+name(n.Owner)))
	}
	changes = append(changes, diffGrants(n, db)...)
	changes = append(changes, diffSettings(db)...)
	if db.ConnectionLimit != databaseLimit {
		add("has connection limit "+strconv.Itoa(db.ConnectionLimit), onDatabase("CONNECTION LIMIT "+strconv.Itoa(databaseLimit)))
	}
	if db.IsTemplate {
		add("is a template", onDatabase("IS_TEMPLATE false"))
	}
	// A seed that another Township wrote is written again: it names its town.
	if mark, marked := db.Mark(); !marked || mark.Released || mark.UID != id.UID {
		add("is not marked", "COMMENT ON DATABASE "+name(db.Name)+" IS "+literal(encodeMark(Mark{
			UID: id.UID, Schema: mark.Schema, Model: mark.Model,
		})))
	}
	if owner, _ := parseMark[ownerMark](t.Roles[n.Owner].Comment); owner.Database != db.OID {
		add("is not remembered", "COMMENT ON ROLE "+name(n.Owner)+" IS "+literal(encodeMark(ownerMark{UID: id.UID, Database: db.OID})))
	}
	if !db.AllowConnections {
		add("is closed", onDatabase("ALLOW_CONNECTIONS true"))
	}
	return changes
}

func diffGrants(n Names, db Database) []Change {
	allowed := map[string][]string{
		n.Owner:  {"CONNECT", "CREATE", "TEMPORARY"},
		n.App:    {"CONNECT"},
		n.Rollup: {"CONNECT"},
	}
	var changes []Change
	excess := map[string]bool{}
	for _, grant := range db.Grants {
		if slices.Contains(allowed[grant.Grantee], grant.Privilege) || excess[grant.Grantee] {
			continue
		}
		excess[grant.Grantee] = true
		who, sql := "everybody", "PUBLIC"
		if grant.Grantee != "" {
			who, sql = grant.Grantee, name(grant.Grantee)
		}
		changes = append(changes, Change{
			What: "database " + db.Name + " is open to " + who,
			SQL:  "REVOKE ALL ON DATABASE " + name(db.Name) + " FROM " + sql,
		})
	}
	for _, role := range []string{n.App, n.Rollup} {
		if excess[role] || !slices.Contains(db.Grants, Grant{role, "CONNECT"}) {
			changes = append(changes, Change{
				What: "database " + db.Name + " is closed to " + role,
				SQL:  "GRANT CONNECT ON DATABASE " + name(db.Name) + " TO " + name(role),
			})
		}
	}
	return changes
}

func diffSettings(db Database) []Change {
	var changes []Change
	seen := map[string]bool{}
	for _, setting := range db.Settings {
		role, pair, _ := strings.Cut(setting, ":")
		if role == "" && slices.Contains(databaseSettings, pair) {
			seen[pair] = true
			continue
		}
		key, _, _ := strings.Cut(pair, "=")
		subject := "DATABASE " + name(db.Name)
		if role != "" {
			subject = "ROLE " + name(role) + " IN DATABASE " + name(db.Name)
		}
		if role == "" && slices.ContainsFunc(databaseSettings, func(s string) bool { return strings.HasPrefix(s, key+"=") }) {
			continue // set below
		}
		changes = append(changes, Change{What: "database " + db.Name + " sets " + key, SQL: "ALTER " + subject + " RESET " + key})
	}
	for _, pair := range databaseSettings {
		if key, value, _ := strings.Cut(pair, "="); !seen[pair] {
			changes = append(changes, Change{
				What: "database " + db.Name + " does not set " + key,
				SQL:  "ALTER DATABASE " + name(db.Name) + " SET " + key + " = " + literal(value),
			})
		}
	}
	return changes
}

// CreateDatabase clones this program's template for a town. The clone admits
// nobody, its own roles included, until [DiffDatabase]'s changes open it.
func (s *Server) CreateDatabase(ctx context.Context, code tenant.Code) error {
	n := NamesOf(code)
	select {
	case s.creating <- struct{}{}:
		defer func() { <-s.creating }()
	case <-ctx.Done():
		return ctx.Err()
	}
	_, err := s.pool.Exec(ctx, "CREATE DATABASE "+name(n.Database)+" TEMPLATE "+name(templateName())+
		" OWNER "+name(n.Owner)+" ALLOW_CONNECTIONS false CONNECTION LIMIT "+strconv.Itoa(databaseLimit))
	if err != nil {
		return fmt.Errorf("create database %s: %w", n.Database, classify(err))
	}
	return nil
}

// setMark rewrites the mark of a town's database in the caller's transaction,
// inside the town, so that the mark and what it speaks of change together.
func setMark(ctx context.Context, tx pgx.Tx, code tenant.Code, mark Mark) error {
	_, err := tx.Exec(ctx, "COMMENT ON DATABASE "+name(NamesOf(code).Database)+" IS "+literal(encodeMark(mark)))
	return err
}
