package provision

import (
	"encoding/json"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store/migrations"
)

// The roles and databases of a server that belong to no single town.
// config/postgres/bootstrap.sql makes them.
const (
	// baseDatabase is the hardened, empty database that templates are baked from.
	baseDatabase = "daliu_base"
	// templateRole owns the objects in a template, never the template itself:
	// REASSIGN OWNED in a town would otherwise carry the template away with them.
	templateRole = "daliu_template"
	// appRole carries the table privileges of every town's application logins.
	appRole = "daliu_app"
	// rollupRole may read the numbers of a town.
	rollupRole = "daliu_rollup"
	// maintenanceDatabase is where the operator's own sessions live.
	maintenanceDatabase = "postgres"
)

// Names are the database and the roles of one town. They derive from its code
// alone, so they are ASCII, of bounded length and never chosen by a person.
type Names struct {
	Database string
	Owner    string // owns everything, cannot log in
	Migrator string // logs in only while the operator works in the town
	App      string // may use the town's schema, cannot log in
	AppA     string // the application's login, first slot
	AppB     string // the application's login, second slot, for rotation
	Rollup   string // reads the town's numbers
}

// NamesOf returns the names of the town with that code.
func NamesOf(code tenant.Code) Names {
	base := "t_" + string(code)
	return Names{
		Database: base,
		Owner:    base + "_owner",
		Migrator: base + "_migrator",
		App:      base + "_app",
		AppA:     base + "_app_a",
		AppB:     base + "_app_b",
		Rollup:   base + "_rollup",
	}
}

// Roles lists a town's roles in the order in which they can be created.
func (n Names) Roles() []string {
	return []string{n.Owner, n.Migrator, n.App, n.AppA, n.AppB, n.Rollup}
}

// templateName is the database that holds this program's schema, ready to be
// cloned.
func templateName() string { return "m_" + migrations.Digest() }

// A Mark says whose a database is. It is kept as the comment on the database,
// which every role of the server can read: nothing in it is secret.
type Mark struct {
	// UID of the Township. A database with another one is never touched.
	UID string `json:"uid"`
	// District is the namespace of the Township: only one of the same district may
	// take its database over.
	District string `json:"district,omitempty"`
	// Schema is the last migration applied; 0 until the clone was handed over to
	// the town's own owner.
	Schema int64 `json:"schema,omitempty"`
	// Seed is the digest of the charter and model last seeded.
	Seed string `json:"seed,omitempty"`
	// Model is the model last seeded.
	Model string `json:"model,omitempty"`
	// Released says that the Township was deleted and left the database behind.
	Released bool `json:"released,omitempty"`
}

// An ownerMark is the comment on a town's owner role. It is written before the
// database exists, and remembers that one existed.
type ownerMark struct {
	UID      string `json:"uid"`
	District string `json:"district,omitempty"`
	Database uint32 `json:"database,omitempty"`
}

// parseMark reads a comment. A comment that is no mark of ours gives false.
func parseMark[M Mark | ownerMark](comment string) (M, bool) {
	var mark M
	if !strings.HasPrefix(comment, "{") || json.Unmarshal([]byte(comment), &mark) != nil {
		return mark, false
	}
	switch m := any(mark).(type) {
	case Mark:
		return mark, m.UID != ""
	case ownerMark:
		return mark, m.UID != ""
	}
	return mark, false
}

func encodeMark[M Mark | ownerMark](mark M) string {
	text, err := json.Marshal(mark)
	if err != nil {
		panic("encode mark: " + err.Error()) // plain strings and numbers always encode
	}
	return string(text)
}

// name quotes an identifier.
func name(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }

// literal quotes a string constant, for the statements that take no parameters.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
