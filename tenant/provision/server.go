// Package provision makes, changes, watches and ends the databases and roles
// of towns on PostgreSQL servers. It knows nothing of Kubernetes.
//
// Every piece of a town is handled in the same three moves: observe what the
// server has (one query of the shared catalogs), compare it with what the town
// should have (pure functions), and apply the difference. Each move can be
// repeated at any point, after any crash.
package provision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The errors of this package, to be told apart with [errors.Is].
var (
	// ErrUnreachable says that the server does not answer, or not now.
	ErrUnreachable = errors.New("server unreachable")
	// ErrConflict says that something of that name exists and is not this town's.
	ErrConflict = errors.New("belongs to somebody else")
	// ErrDatabaseMissing says that the town had a database and it is gone.
	ErrDatabaseMissing = errors.New("database is gone")
	// ErrDatabaseInvalid says that the database was left half dropped.
	ErrDatabaseInvalid = errors.New("database is half dropped")
	// ErrSchemaNewer says that the database is at a later schema than this program.
	ErrSchemaNewer = errors.New("schema is newer than this program")
	// ErrGridShrinks says that a charter takes away what the town already has.
	ErrGridShrinks = errors.New("grid would lose what is there")
	// ErrModelChanged says that a charter is for another model than the town's.
	ErrModelChanged = errors.New("model differs from the town's")
	// ErrCredentialRefused says that a login's password is not the one given.
	ErrCredentialRefused = errors.New("credential refused")
	// ErrNotBootstrapped says that config/postgres/bootstrap.sql was not run.
	ErrNotBootstrapped = errors.New("server is not bootstrapped")
)

// Timeouts and limits of the operator's own sessions. A server that hangs must
// not hold up the work on the others, so no call is without a limit but a DROP.
const (
	connectTimeout = 5 * time.Second
	callTimeout    = 15 * time.Second
	cloneTimeout   = 5 * time.Minute  // a clone waits for a checkpoint
	sessionTimeout = 15 * time.Minute // migrations of a large town
	// poolSize bounds the operator's sessions on a server; a town's own sessions
	// are opened beside them, one at a time for each worker.
	poolSize = 4
	// creators is how many databases are cloned at once on one server: more
	// workers were measured to be slower.
	creators = 2
)

// SQLSTATE codes, by PostgreSQL's names for them.
const (
	duplicateObject    = "42710"
	invalidCatalogName = "3D000"
	invalidPassword    = "28P01"
	invalidAuthority   = "28000"
	insufficientRight  = "42501"
	objectNotInState   = "55000"
)

// RequireSCRAM is the part of a connection string that keeps a client from
// sending a password to whoever answers: only SCRAM proves it without telling.
const RequireSCRAM = "require_auth=scram-sha-256"

// A Config says how the operator reaches a server.
type Config struct {
	Host     string
	Port     int
	User     string // not a superuser
	Password string
	SSLMode  string // as libpq knows it: disable, require, verify-ca, verify-full
}

// A Server is one PostgreSQL server of the pool.
type Server struct {
	pool     *pgxpool.Pool
	config   *pgx.ConnConfig
	sslMode  string
	creating chan struct{}
}

// Open prepares to work on a server. It does not connect yet.
func Open(ctx context.Context, c Config) (*Server, error) {
	address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	config, err := pgxpool.ParseConfig(fmt.Sprintf("postgres://%s/%s?sslmode=%s&%s", address, maintenanceDatabase, c.SSLMode, RequireSCRAM))
	if err != nil {
		return nil, fmt.Errorf("read address of server %s: %w", address, err)
	}
	config.ConnConfig.User, config.ConnConfig.Password = c.User, c.Password
	config.ConnConfig.ConnectTimeout = connectTimeout
	// Nothing that a town could create is ever on the operator's search path.
	config.ConnConfig.RuntimeParams["search_path"] = "pg_catalog, pg_temp"
	config.ConnConfig.RuntimeParams["application_name"] = "daliu operator"
	config.MaxConns = poolSize
	config.MaxConnIdleTime = 30 * time.Second
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open pool of server %s: %w", address, err)
	}
	return &Server{pool: pool, config: config.ConnConfig, sslMode: c.SSLMode, creating: make(chan struct{}, creators)}, nil
}

// Close ends the operator's sessions on the server.
func (s *Server) Close() { s.pool.Close() }

// Endpoint is the address that towns reach the server by.
func (s *Server) Endpoint() (host string, port int) { return s.config.Host, int(s.config.Port) }

// SSLMode is the mode that towns connect with: the operator's own.
func (s *Server) SSLMode() string { return s.sslMode }

// connect opens a session beside the pool, as another role or in another
// database. The caller closes it.
func (s *Server) connect(ctx context.Context, database, user, password string, params map[string]string) (*pgx.Conn, error) {
	config := s.config.Copy()
	config.Database, config.User, config.Password = database, user, password
	config.RuntimeParams = map[string]string{"application_name": "daliu operator"}
	maps.Copy(config.RuntimeParams, params)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to %s as %s: %w", database, user, classify(err))
	}
	return conn, nil
}

// exec runs statements in one transaction.
func (s *Server) exec(ctx context.Context, statements ...string) error {
	if len(statements) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return classify(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}))
}

// classify names the kinds of failure that callers act on. A password or a
// statement's values never are in a PostgreSQL error, so its text is kept.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if pgErr, refused := errors.AsType[*pgconn.PgError](err); refused {
		switch {
		case pgErr.Code == invalidPassword || pgErr.Code == invalidAuthority:
			return fmt.Errorf("%w: %w", ErrCredentialRefused, err)
		// 57P0x: the server is shutting down, starting, or ended the session;
		// 53300: it has no connection left; 08xxx: the connection broke.
		case strings.HasPrefix(pgErr.Code, "08") || pgErr.Code == "57P01" || pgErr.Code == "57P02" || pgErr.Code == "57P03" || pgErr.Code == "53300":
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		return err
	}
	var netErr net.Error
	var connectErr *pgconn.ConnectError
	if errors.As(err, &connectErr) || errors.As(err, &netErr) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}

// hasCode says whether an error carries one of the SQLSTATE codes.
func hasCode(err error, codes ...string) bool {
	pgErr, refused := errors.AsType[*pgconn.PgError](err)
	return refused && slices.Contains(codes, pgErr.Code)
}
