package provision

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
)

// loginLimit bounds the sessions of one login of a town.
const loginLimit = 20

// An Identification is what a town's roles and database should say and admit.
type Identification struct {
	Code tenant.Code
	UID  string // of the Township
	// District is the namespace of the Township.
	District string
	// Adopt is the UID of a Township of the same district that is gone, whose
	// database and roles are taken over; may be empty.
	Adopt string
	// Verifiers are the SCRAM verifiers of the logins that shall work, by role
	// name. The password itself never goes over the wire.
	Verifiers map[string]string
	// Outgoing is a login that is left as it is: it works until it is closed, for
	// those who have not seen its successor yet. May be empty.
	Outgoing string
}

// owns says whether a mark is this Township's: its own, or that of a Township of
// the same district that it adopts.
func (id Identification) owns(uid, district string) bool {
	return uid != "" && (uid == id.UID || uid == id.Adopt && district == id.District)
}

// A Change is one difference between what a town should have and what the
// server has, and the statement that mends it.
type Change struct {
	What string // for people; never a password
	SQL  string
}

// roleSpec is how a role of a town should look.
type roleSpec struct {
	login    bool
	outgoing bool // may or may not log in
	memberOf string
}

func roleSpecs(n Names, id Identification) map[string]roleSpec {
	login := func(role, group string) roleSpec {
		return roleSpec{login: id.Verifiers[role] != "", outgoing: role == id.Outgoing, memberOf: group}
	}
	return map[string]roleSpec{
		n.Owner:    {},
		n.Migrator: {memberOf: n.Owner}, // logs in only inside asMigrator
		n.App:      {memberOf: appRole},
		n.AppA:     login(n.AppA, n.App),
		n.AppB:     login(n.AppB, n.App),
		n.Rollup:   login(n.Rollup, rollupRole),
	}
}

// DiffRoles compares a town's roles with what they should be. It returns
// [ErrConflict] when a role of that name exists that this Township did not make.
func DiffRoles(id Identification, t Town) ([]Change, error) {
	n := NamesOf(id.Code)
	changes, err := diffOwnerMark(id, t)
	if err != nil {
		return nil, err
	}
	specs := roleSpecs(n, id)
	for _, role := range n.Roles() {
		have, found := t.Roles[role]
		if !found {
			changes = append(changes, createRole(role, specs[role], id))
			if role == n.Owner {
				changes = append(changes, markOwner(n, ownerMark{UID: id.UID, District: id.District}), admitOperator(role))
			}
			continue
		}
		if role == n.Owner && !have.Usable {
			changes = append(changes, admitOperator(role))
		}
		changes = append(changes, diffRole(specs[role], have, id.Verifiers[role])...)
	}
	return changes, nil
}

// diffOwnerMark finds out whose the roles are. A mark that was lost is restored
// from the database's; one of a Township that is adopted becomes this one's.
func diffOwnerMark(id Identification, t Town) ([]Change, error) {
	n := NamesOf(id.Code)
	owner, found := t.Roles[n.Owner]
	if !found {
		for _, role := range n.Roles() {
			if _, stands := t.Roles[role]; stands {
				return nil, fmt.Errorf("role %s stands without its owner role %s: %w", role, n.Owner, ErrConflict)
			}
		}
		return nil, nil
	}
	mark, marked := parseMark[ownerMark](owner.Comment)
	if !marked && t.marks(id) {
		return []Change{markOwner(n, ownerMark{UID: id.UID, District: id.District, Database: t.Database.OID})}, nil
	}
	if !marked || !id.owns(mark.UID, mark.District) {
		return nil, fmt.Errorf("role %s is marked %q: %w", n.Owner, owner.Comment, ErrConflict)
	}
	if mark.UID != id.UID || mark.District != id.District {
		mark.UID, mark.District = id.UID, id.District
		return []Change{markOwner(n, mark)}, nil
	}
	return nil, nil
}

func markOwner(n Names, mark ownerMark) Change {
	return Change{What: "role " + n.Owner + " is not marked", SQL: "COMMENT ON ROLE " + name(n.Owner) + " IS " + literal(encodeMark(mark))}
}

// admitOperator makes the operator a member of a town's owner role, without
// which it could neither hand the database over nor mark it.
func admitOperator(owner string) Change {
	return Change{What: "admit the operator to " + owner, SQL: "GRANT " + name(owner) + " TO CURRENT_USER"}
}

func createRole(role string, spec roleSpec, id Identification) Change {
	sql := "CREATE ROLE " + name(role) + " NOLOGIN"
	if spec.login {
		sql = "CREATE ROLE " + name(role) + " LOGIN PASSWORD " + literal(id.Verifiers[role])
	}
	sql += " CONNECTION LIMIT " + strconv.Itoa(loginLimit)
	if spec.memberOf != "" {
		sql += " IN ROLE " + name(spec.memberOf)
	}
	return Change{What: "create role " + role, SQL: sql}
}

func diffRole(spec roleSpec, have Role, verifier string) []Change {
	var changes []Change
	alter := func(what, clause string) {
		changes = append(changes, Change{
			What: "role " + have.Name + " " + what,
			SQL:  "ALTER ROLE " + name(have.Name) + " " + clause,
		})
	}
	for _, attribute := range []struct {
		name string
		set  bool
	}{
		{"SUPERUSER", have.Superuser},
		{"REPLICATION", have.Replication},
		{"BYPASSRLS", have.BypassRLS},
		{"CREATEROLE", have.CreateRole},
		{"CREATEDB", have.CreateDB},
	} {
		if attribute.set {
			alter("has "+attribute.name, "NO"+attribute.name)
		}
	}
	if !have.Inherit {
		alter("does not inherit", "INHERIT")
	}
	if have.Login != spec.login && !spec.outgoing {
		if spec.login {
			alter("can't log in", "LOGIN PASSWORD "+literal(verifier))
		} else {
			alter("can log in", "NOLOGIN PASSWORD NULL")
		}
	}
	if have.ConnectionLimit != loginLimit {
		alter("has connection limit "+strconv.Itoa(have.ConnectionLimit), "CONNECTION LIMIT "+strconv.Itoa(loginLimit))
	}
	if spec.login && have.ValidUntil != nil {
		alter("expires", "VALID UNTIL 'infinity'")
	}
	if len(have.Settings) > 0 {
		alter("has settings of its own", "RESET ALL")
	}
	return append(changes, diffMembership(spec, have)...)
}

func diffMembership(spec roleSpec, have Role) []Change {
	var changes []Change
	for _, group := range have.MemberOf {
		if group != spec.memberOf {
			changes = append(changes, Change{
				What: "role " + have.Name + " is a member of " + group,
				SQL:  "REVOKE " + name(group) + " FROM " + name(have.Name),
			})
		}
	}
	if spec.memberOf != "" && !slices.Contains(have.MemberOf, spec.memberOf) {
		changes = append(changes, Change{
			What: "role " + have.Name + " is not a member of " + spec.memberOf,
			SQL:  "GRANT " + name(spec.memberOf) + " TO " + name(have.Name),
		})
	}
	return changes
}

// Apply runs changes in one transaction: all of them or none.
func (s *Server) Apply(ctx context.Context, changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, change := range changes {
			if _, err := tx.Exec(ctx, change.SQL); err != nil {
				return fmt.Errorf("%s: %w", change.What, err)
			}
		}
		return nil
	})
	if hasCode(err, duplicateObject) {
		return fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return classify(err)
}

// SetPassword gives a login the password that a verifier stands for.
func (s *Server) SetPassword(ctx context.Context, role, verifier string) error {
	if err := s.exec(ctx, "ALTER ROLE "+name(role)+" LOGIN PASSWORD "+literal(verifier)); err != nil {
		return fmt.Errorf("set password of %s: %w", role, err)
	}
	return nil
}

// CloseLogin ends what a login may do: it can't log in any more, and who is
// logged in as it is logged out.
func (s *Server) CloseLogin(ctx context.Context, role string) error {
	if err := s.exec(ctx, "ALTER ROLE "+name(role)+" NOLOGIN PASSWORD NULL"); err != nil {
		return fmt.Errorf("close login %s: %w", role, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if _, err := s.pool.Exec(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", role); err != nil {
		return fmt.Errorf("end sessions of %s: %w", role, classify(err))
	}
	return nil
}

// Logins are the roles of an identification that shall be able to log in.
func (id Identification) Logins() []string { return slices.Sorted(maps.Keys(id.Verifiers)) }
