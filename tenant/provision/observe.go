package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/daliu-governance/daliu/tenant"
)

// A Town is what the shared catalogs of a server say of one town. It is read
// without entering the town's database.
type Town struct {
	Database *Database // nil: there is none
	Roles    map[string]Role
}

// A Database is one row of pg_database with what hangs on it.
type Database struct {
	Name             string  `json:"name"`
	OID              uint32  `json:"oid"`
	Owner            string  `json:"owner"`
	AllowConnections bool    `json:"allowConnections"`
	IsTemplate       bool    `json:"isTemplate"`
	ConnectionLimit  int     `json:"connectionLimit"`
	Grants           []Grant `json:"grants"`
	// Settings are "role:name=value"; the role is empty for all roles.
	Settings []string `json:"settings"`
	Comment  string   `json:"comment"`
}

// A Grant is one privilege on a database. An empty grantee is PUBLIC.
type Grant struct {
	Grantee   string `json:"grantee"`
	Privilege string `json:"privilege"`
	Grantable bool   `json:"grantable"` // may be passed on: never right
}

// A Role is one row of pg_roles with what hangs on it.
type Role struct {
	Name            string     `json:"name"`
	Superuser       bool       `json:"superuser"`
	Inherit         bool       `json:"inherit"`
	CreateRole      bool       `json:"createRole"`
	CreateDB        bool       `json:"createDB"`
	Login           bool       `json:"login"`
	Replication     bool       `json:"replication"`
	BypassRLS       bool       `json:"bypassRLS"`
	ConnectionLimit int        `json:"connectionLimit"`
	ValidUntil      *time.Time `json:"validUntil"`
	Settings        []string   `json:"settings"`
	MemberOf        []string   `json:"memberOf"`
	Usable          bool       `json:"usable"` // by the operator, through membership
	Comment         string     `json:"comment"`
}

// Mark reads the database's mark. It is false when the comment is none of ours.
func (d Database) Mark() (Mark, bool) { return parseMark[Mark](d.Comment) }

// Belongs says whether anything of the town carries this Township's mark, its
// own or that of one it adopts: the database, or the roles made before it.
func (t Town) Belongs(id Identification) bool {
	owner, _ := parseMark[ownerMark](t.Roles[NamesOf(id.Code).Owner].Comment)
	return id.owns(owner.UID, owner.District) || t.marks(id)
}

// Whose is the UID in the mark of the town's database or roles, or empty.
func (t Town) Whose() string {
	if t.Database != nil {
		if mark, marked := t.Database.Mark(); marked {
			return mark.UID
		}
	}
	for _, role := range t.Roles {
		if mark, marked := parseMark[ownerMark](role.Comment); marked {
			return mark.UID
		}
	}
	return ""
}

// Exists says whether the server has anything of the town, whosever it is.
func (t Town) Exists() bool { return t.Database != nil || len(t.Roles) > 0 }

// marks says whether the database carries this Township's mark.
func (t Town) marks(id Identification) bool {
	if t.Database == nil {
		return false
	}
	mark, marked := t.Database.Mark()
	return marked && id.owns(mark.UID, mark.District)
}

// halfDropped is what an interrupted DROP DATABASE leaves (datconnlimit).
const halfDropped = -2

// catalogQuery reads everything about one town ($1 = its code) or about all of
// them ($1 empty) from shared catalogs alone: its cost grows with servers.
const catalogQuery = `
with town_role as (
  select r.*, substring(r.rolname from '^t_([0-9]{12})_') as code
  from pg_roles r
  where r.rolname ~ '^t_[0-9]{12}_' and ($1 = '' or r.rolname like 't\_' || $1 || '\_%')
), role_fact as (
  select code, json_agg(json_build_object(
    'name', rolname, 'superuser', rolsuper, 'inherit', rolinherit, 'createRole', rolcreaterole,
    'createDB', rolcreatedb, 'login', rolcanlogin, 'replication', rolreplication,
    'bypassRLS', rolbypassrls, 'connectionLimit', rolconnlimit,
    'validUntil', case when isfinite(rolvaliduntil) then rolvaliduntil end,
    'settings', coalesce(to_json(rolconfig), '[]'),
    'memberOf', coalesce((select json_agg(distinct g.rolname)
                 from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = town_role.oid), '[]'),
    'usable', pg_has_role(current_user, town_role.oid, 'USAGE'),
    'comment', coalesce(shobj_description(town_role.oid, 'pg_authid'), '')
  ) order by rolname) as roles
  from town_role group by code
), database_fact as (
  select substring(d.datname from '^t_([0-9]{12})$') as code, json_build_object(
    'name', d.datname, 'oid', d.oid::bigint, 'owner', pg_get_userbyid(d.datdba),
    'allowConnections', d.datallowconn, 'isTemplate', d.datistemplate, 'connectionLimit', d.datconnlimit,
    'grants', (select coalesce(json_agg(json_build_object(
        'grantee', case when acl.grantee = 0 then '' else pg_get_userbyid(acl.grantee) end,
        'privilege', acl.privilege_type,
        'grantable', acl.is_grantable and acl.grantee <> d.datdba) order by acl.grantee, acl.privilege_type), '[]')
      from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl),
    'settings', coalesce((select json_agg(case when c.setrole = 0 then '' else pg_get_userbyid(c.setrole) end || ':' || s
                   order by c.setrole, s)
                 from pg_db_role_setting c, unnest(c.setconfig) s where c.setdatabase = d.oid), '[]'),
    'comment', coalesce(shobj_description(d.oid, 'pg_database'), '')
  ) as database
  from pg_database d
  where d.datname ~ '^t_[0-9]{12}$' and ($1 = '' or d.datname = 't_' || $1)
)
select coalesce(r.code, d.code), coalesce(r.roles, '[]')::text, coalesce(d.database::text, '')
from role_fact r full join database_fact d on d.code = r.code`

// Observe reads one town from the shared catalogs.
func (s *Server) Observe(ctx context.Context, code tenant.Code) (Town, error) {
	fleet, err := s.observe(ctx, string(code))
	if err != nil {
		return Town{}, fmt.Errorf("observe town %s: %w", code, err)
	}
	return fleet[code], nil
}

// ObserveAll reads every town of the server in one query.
func (s *Server) ObserveAll(ctx context.Context) (map[tenant.Code]Town, error) {
	fleet, err := s.observe(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("observe towns: %w", err)
	}
	return fleet, nil
}

func (s *Server) observe(ctx context.Context, code string) (map[tenant.Code]Town, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, catalogQuery, code)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	fleet := map[tenant.Code]Town{}
	for rows.Next() {
		var code, roleText, databaseText string
		if err := rows.Scan(&code, &roleText, &databaseText); err != nil {
			return nil, classify(err)
		}
		town, err := readTown(roleText, databaseText)
		if err != nil {
			return nil, fmt.Errorf("read catalog rows of %s: %w", code, err)
		}
		fleet[tenant.Code(code)] = town
	}
	return fleet, classify(rows.Err())
}

func readTown(roleText, databaseText string) (Town, error) {
	var roles []Role
	if err := json.Unmarshal([]byte(roleText), &roles); err != nil {
		return Town{}, err
	}
	town := Town{Roles: make(map[string]Role, len(roles))}
	for _, role := range roles {
		town.Roles[role.Name] = role
	}
	if databaseText == "" {
		return town, nil
	}
	town.Database = &Database{}
	if err := json.Unmarshal([]byte(databaseText), town.Database); err != nil {
		return Town{}, err
	}
	return town, nil
}
