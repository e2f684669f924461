package provision

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MinimumVersion is the oldest PostgreSQL that towns are placed on, as
// server_version_num gives it.
const MinimumVersion = 150000

// An Identity tells which server answers, and in what state it is.
type Identity struct {
	Version    string // such as 15.18
	VersionNum int    // such as 150018
	// SystemIdentifier is the PostgreSQL cluster's own, made by initdb: a
	// restored or replaced server has another one or the same, a different
	// cluster always another.
	SystemIdentifier string
	// Missing names what config/postgres/bootstrap.sql should have made.
	Missing []string
	// Exposures are what every role of the server can reach and should not.
	Exposures []Exposure
	// Advice are settings that hurt a server with many towns.
	Advice []Advice
}

// An Exposure is something open to every role, and the SQL that closes it.
type Exposure struct {
	What string
	SQL  string // for an administrator: the operator's own role may not be allowed to
}

// An Advice is a setting that hurts a server with many towns: why, and the SQL
// that an administrator may run. Towns work all the same.
type Advice struct {
	Why string
	SQL string
}

// advise compares settings with what was measured on a server with 2,000 towns
// of 715 files each.
func advise(settings map[string]string) []Advice {
	var advice []Advice
	add := func(why, setting, value string) {
		advice = append(advice, Advice{Why: why, SQL: "ALTER SYSTEM SET " + setting + " = " + literal(value) + ";"})
	}
	if settings["recovery_init_sync_method"] != "syncfs" {
		add("a restart after a crash opens every file of every town, minutes instead of seconds with 2,000 towns", "recovery_init_sync_method", "syncfs")
	}
	if seconds, err := strconv.Atoi(settings["autovacuum_naptime"]); err == nil && seconds < 600 {
		add("every town's database is visited by autovacuum that often, a tenth of a core with 2,000 towns", "autovacuum_naptime", "10min")
	}
	if settings["max_prepared_transactions"] != "0" {
		add("a prepared transaction that is left behind holds its locks for ever", "max_prepared_transactions", "0")
	}
	return advice
}

const identityQuery = `
select
  current_setting('server_version'),
  current_setting('server_version_num')::int,
  (select system_identifier::text from pg_control_system()),
  array(select wanted from unnest($1::text[]) wanted
        where not exists (select from pg_roles where rolname = wanted)),
  exists (select from pg_database where datname = $2),
  array(select d.datname::text from pg_database d,
          lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl
        where acl.grantee = 0 and acl.privilege_type in ('CONNECT', 'TEMPORARY') and d.datallowconn
        group by d.datname order by d.datname),
  current_setting('is_superuser') = 'on',
  (select jsonb_object_agg(name, setting) from pg_settings
   where name in ('recovery_init_sync_method', 'autovacuum_naptime', 'max_prepared_transactions'))`

// Identity asks the server who it is and what it leaves open. It returns
// [ErrUnreachable] or [ErrCredentialRefused].
func (s *Server) Identity(ctx context.Context) (Identity, error) {
	var (
		id      Identity
		hasBase bool
		open    []string
		super   bool
		tuning  map[string]string
	)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := s.pool.QueryRow(ctx, identityQuery, []string{templateRole, appRole, rollupRole}, baseDatabase).
		Scan(&id.Version, &id.VersionNum, &id.SystemIdentifier, &id.Missing, &hasBase, &open, &super, &tuning)
	if err != nil {
		return Identity{}, fmt.Errorf("identify server: %w", classify(err))
	}
	id.Version, _, _ = strings.Cut(id.Version, " ")
	id.Advice = advise(tuning)
	if !hasBase {
		id.Missing = append(id.Missing, baseDatabase)
	}
	for _, database := range open {
		id.Exposures = append(id.Exposures, Exposure{
			What: "every role can connect to database " + database,
			SQL:  "REVOKE ALL ON DATABASE " + name(database) + " FROM PUBLIC;",
		})
	}
	if super {
		id.Exposures = append(id.Exposures, Exposure{
			What: "the operator's role is a superuser",
			SQL:  "ALTER ROLE " + name(s.config.User) + " NOSUPERUSER;",
		})
	}
	return id, nil
}

// Check returns [ErrNotBootstrapped], or an error that names the version, when
// towns can't be placed on the server.
func (id Identity) Check() error {
	if id.VersionNum < MinimumVersion {
		return fmt.Errorf("PostgreSQL %s is older than %d: %w", id.Version, MinimumVersion/10000, errors.ErrUnsupported)
	}
	if len(id.Missing) > 0 {
		return fmt.Errorf("%s missing: %w", strings.Join(id.Missing, ", "), ErrNotBootstrapped)
	}
	return nil
}
