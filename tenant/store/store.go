// Package store keeps a town's records in PostgreSQL.
//
// Every read and every change goes through one transaction in which the
// account behind a session has become the actor: row-level security shows that
// transaction the rows under the actor's posts and no others. A query outside
// one sees nothing.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/store/db"
	"github.com/daliu-governance/daliu/tenant/store/migrations"
)

// The pool of a town: nothing while nobody works in it, few connections when
// somebody does. A server holds a thousand towns.
const (
	defaultMaxConns = 4
	idleClose       = 30 * time.Second
	connectTimeout  = 5 * time.Second
)

// A Config says how to reach a town and prove to it who serves it.
type Config struct {
	// ConnString is a PostgreSQL URL or key=value string of the town's
	// application role. Its search_path and time zone are overruled.
	ConnString string
	// Password, when not empty, overrules the one in ConnString. It is read from
	// a file of its own, so that ConnString can be shown.
	Password string
	// SigningKey is the town's key, the same 32 bytes as in its guard_key.
	SigningKey []byte
	// MaxConns bounds the pool; 0 means 4.
	MaxConns int32
	// Hasher checks passwords. All towns of a process share one, so that their
	// sign-ins together stay within its memory. Nil gives the town its own.
	Hasher *credential.Hasher
}

// Store keeps the records of one town. It is safe for concurrent use.
type Store struct {
	key    []byte
	hasher *credential.Hasher
	q      *db.Queries
	config *pgxpool.Config

	mu     sync.Mutex
	pool   *pgxpool.Pool // nil until the first use
	closed bool
}

// Open returns the store of a town without connecting to it: the first read
// does. It returns [tenant.ErrInvalid] for a config that can't be right.
func Open(_ context.Context, c Config) (*Store, error) {
	config, err := pgxpool.ParseConfig(c.ConnString)
	if err != nil {
		return nil, fmt.Errorf("read connection string of town: %w", tenant.ErrInvalid) // pgx's text may hold the password
	}
	if len(c.SigningKey) != credential.KeySize {
		return nil, fmt.Errorf("signing key has %d bytes, not %d: %w", len(c.SigningKey), credential.KeySize, tenant.ErrInvalid)
	}
	if c.Password != "" {
		config.ConnConfig.Password = c.Password
	}
	config.MinConns, config.MinIdleConns = 0, 0
	config.MaxConns = defaultMaxConns
	if c.MaxConns > 0 {
		config.MaxConns = c.MaxConns
	}
	config.MaxConnIdleTime = idleClose
	config.HealthCheckPeriod = idleClose / 2
	config.ConnConfig.ConnectTimeout = connectTimeout
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement // never the simple protocol
	config.ConnConfig.RuntimeParams = map[string]string{
		"application_name": "daliu serve",
		"search_path":      migrations.Schema, // in the startup packet: ALTER ROLE SET can't overrule it
		"timezone":         "Asia/Shanghai",
	}
	hasher := c.Hasher
	if hasher == nil {
		hasher = credential.NewHasher(rand.Reader)
	}
	return &Store{key: c.SigningKey, hasher: hasher, q: db.New(), config: config}, nil
}

// Close ends the town's connections. A read after it finds the town
// unavailable.
func (s *Store) Close() {
	s.mu.Lock()
	pool := s.pool
	s.pool, s.closed = nil, true
	s.mu.Unlock()
	if pool != nil {
		pool.Close()
	}
}

// conns is the town's pool, made at first use. An idle town has none: not even
// the goroutine that watches over a pool.
func (s *Store) conns(ctx context.Context) (*pgxpool.Pool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("open pool after close: %w", tenant.ErrUnavailable)
	}
	if s.pool == nil {
		pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), s.config)
		if err != nil {
			return nil, fmt.Errorf("open pool: %w", errors.Join(tenant.ErrUnavailable, err))
		}
		s.pool = pool
	}
	return s.pool, nil
}

// Ready says which town a store reaches and at which version it stands.
type Ready struct {
	UID     string
	Code    tenant.Code
	Name    string
	Version int64 // of the last migration applied
}

// Readiness asks the town who it is. Nobody needs to be signed in for it. It
// returns [tenant.ErrUpgrading], with the answer, when the town's version is not
// this program's, and [tenant.ErrUnavailable] when the town can't be reached.
func (s *Store) Readiness(ctx context.Context) (Ready, error) {
	pool, err := s.conns(ctx)
	if err != nil {
		return Ready{}, err
	}
	var r Ready
	err = pool.QueryRow(ctx, "select uid, code, name, version from readiness()").Scan(&r.UID, &r.Code, &r.Name, &r.Version)
	if err != nil {
		return Ready{}, fmt.Errorf("read readiness: %w", translate(err))
	}
	if r.Version != migrations.Latest() {
		return r, fmt.Errorf("town is at version %d, not %d: %w", r.Version, migrations.Latest(), tenant.ErrUpgrading)
	}
	return r, nil
}
