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
// half dropped. It is false when there is no database and never was. A marked
// database with another OID was restored under the old name, and is the town's.
func (t Town) OwnedBy(id Identification) (bool, error) {
	n := NamesOf(id.Code)
	owner, _ := parseMark[ownerMark](t.Roles[n.Owner].Comment)
	ownRoles := id.owns(owner.UID, owner.District)
	db := t.Database
	switch {
	case db == nil && ownRoles && owner.Database != 0:
		return false, fmt.Errorf("database %s with oid %d: %w", n.Database, owner.Database, ErrDatabaseMissing)
	case db == nil:
		return false, nil
	case db.ConnectionLimit == halfDropped && (ownRoles || t.marks(id)):
		return false, fmt.Errorf("database %s with oid %d: %w", n.Database, db.OID, ErrDatabaseInvalid)
	case t.marks(id):
		return true, nil
	case db.Comment != "":
		return false, fmt.Errorf("database %s is marked %q: %w", n.Database, db.Comment, ErrConflict)
	case !ownRoles || db.Owner != n.Owner || owner.Database != 0 && owner.Database != db.OID:
		return false, fmt.Errorf("database %s carries no mark of this town: %w", n.Database, ErrConflict)
	}
	return true, nil
}

// LostMark says whether the database was marked once and is not any more: what
// it holds has then to be asked of itself, see [Server.RecoverMark].
func (t Town) LostMark(id Identification) bool {
	if t.Database == nil || t.Database.Comment != "" {
		return false
	}
	owner, _ := parseMark[ownerMark](t.Roles[NamesOf(id.Code).Owner].Comment)
	return owner.Database == t.Database.OID
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
	if mark, marked := db.Mark(); !marked || mark.Released || mark.UID != id.UID || mark.District != id.District {
		add("is not marked", "COMMENT ON DATABASE "+name(db.Name)+" IS "+literal(encodeMark(Mark{
			UID: id.UID, District: id.District, Schema: mark.Schema, Model: mark.Model,
		})))
	}
	if owner, _ := parseMark[ownerMark](t.Roles[n.Owner].Comment); owner.Database != db.OID {
		change := markOwner(n, ownerMark{UID: id.UID, District: id.District, Database: db.OID})
		change.What = "database " + db.Name + " is not remembered"
		changes = append(changes, change)
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
		if slices.Contains(allowed[grant.Grantee], grant.Privilege) && !grant.Grantable || excess[grant.Grantee] {
			continue
		}
		excess[grant.Grantee] = true
		who, sql := "everybody", "PUBLIC"
		if grant.Grantee != "" {
			who, sql = grant.Grantee, name(grant.Grantee)
		}
		changes = append(changes, Change{
			What: "database " + db.Name + " is open to " + who,
			SQL:  "REVOKE ALL ON DATABASE " + name(db.Name) + " FROM " + sql + " CASCADE",
		})
	}
	for _, role := range []string{n.App, n.Rollup} {
		if excess[role] || !slices.Contains(db.Grants, Grant{Grantee: role, Privilege: "CONNECT"}) {
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
	ctx, cancel := context.WithTimeout(ctx, cloneTimeout)
	defer cancel()
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
