package localcluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	bootstrap "github.com/daliu-governance/daliu/config/postgres"
)

// PostgresOptions say how a PostgreSQL server runs.
type PostgresOptions struct {
	// Dir keeps the data. Empty means a new private folder that Stop removes.
	Dir string
	// Progress is told what happens, in lines for a person. Nil is silent.
	Progress io.Writer
	// Fsync makes the server survive a crash of the machine, and slower.
	Fsync bool
	// Port to listen on; 0 takes a free one.
	Port int
	// Settings of postgresql.conf, over the ones that this package chooses.
	Settings map[string]string
}

// A Postgres is a running PostgreSQL server on which config/postgres/bootstrap.sql
// has been run. It listens on loopback only and wants a password of everybody.
type Postgres struct {
	Host string
	Port int
	// OperatorUser is the role that the operator works as. It is no superuser.
	OperatorUser, OperatorPassword string
	// SuperUser is for what a database administrator does.
	SuperUser, SuperPassword string

	folder   *folder
	bin      string // folder of the executables
	settings map[string]string
	kept     bool // the data outlives Stop
	server   *process
	stopping sync.Once
	stopErr  error
}

// StartPostgres makes a PostgreSQL server, or opens the one in o.Dir, and
// returns when it is ready for towns. It returns an error that says what to
// install when this machine has no PostgreSQL 15 or newer. The context bounds
// the start only; [Postgres.Stop] ends what was started.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	progress := oneAtATime(o.Progress)
	install, err := findPostgres(ctx)
	if err != nil {
		return nil, err
	}
	owner, err := serverAccount()
	if err != nil {
		return nil, err
	}
	work, err := openFolder(ctx, o.Dir, "daliu-postgres-", owner)
	if err != nil {
		return nil, err
	}
	p := &Postgres{
		Host: loopback, Port: o.Port,
		OperatorUser: "daliu_operator", SuperUser: "postgres",
		folder: work, bin: install.bin, kept: o.Dir != "", settings: settings(o),
	}
	elapsed := stopwatch()
	if err := p.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), p.Stop())
	}
	say(progress, "PostgreSQL %s: ready at %s in %s", install.version, p.address(), elapsed())
	return p, nil
}

// settings are what the server runs with: the ones that suit many small
// databases, and no care for the disk unless asked.
func settings(o PostgresOptions) map[string]string {
	durable := "off"
	if o.Fsync {
		durable = "on"
	}
	all := map[string]string{
		"listen_addresses":        loopback,
		"unix_socket_directories": "", // their paths may be too long, and nobody needs them
		"max_connections":         "300",
		// Without these a commit still outlives a crash of the server, but not one
		// of the machine. Without synchronous_commit it would outlive neither.
		"fsync":            durable,
		"full_page_writes": durable,
		// One round through thousands of databases, and no scan of all their files
		// after a crash.
		"autovacuum_naptime":        "10min",
		"recovery_init_sync_method": "syncfs",
		// Leaves no big shared memory segment behind when it is killed.
		"shared_memory_type": "mmap",
		"log_line_prefix":    "%m [%p] %q%u@%d ",
		"jit":                "off", // costs more than it gains on short queries
	}
	if runtime.GOOS != "linux" {
		delete(all, "recovery_init_sync_method") // syncfs is Linux's own
	}
	maps.Copy(all, o.Settings)
	return all
}

func (p *Postgres) prepare(ctx context.Context) error {
	if err := p.passwords(); err != nil {
		return err
	}
	if _, err := os.Stat(p.folder.join("data/PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		if err := p.initialise(ctx); err != nil {
			return err
		}
	}
	if err := p.choosePort(ctx); err != nil {
		return err
	}
	return p.bootstrap(ctx)
}

// choosePort starts the server on the port asked for, or on a free one.
func (p *Postgres) choosePort(ctx context.Context) error {
	if p.Port != 0 {
		return p.run(ctx)
	}
	const attempts = 3
	for attempt := 1; ; attempt++ {
		var err error
		if p.Port, err = freePort(ctx); err != nil {
			return err
		}
		err = p.run(ctx)
		// Somebody else may have taken the port in between.
		if err == nil || attempt == attempts || p.server == nil || !strings.Contains(p.server.logTail(), "Address already in use") {
			return err
		}
	}
}

// passwords chooses both passwords, or reads the ones of an earlier start.
func (p *Postgres) passwords() error {
	for name, password := range map[string]*string{"superuser.password": &p.SuperPassword, "operator.password": &p.OperatorPassword} {
		path := p.folder.join(name)
		text, err := os.ReadFile(path) //nolint:gosec // our own folder
		if errors.Is(err, os.ErrNotExist) {
			text = []byte(rand.Text())
			err = os.WriteFile(path, text, 0o600)
		}
		if err == nil && p.folder.owner != nil {
			err = os.Chown(path, int(p.folder.owner.uid), int(p.folder.owner.gid)) // initdb reads it
		}
		if err != nil {
			return fmt.Errorf("keep password: %w", err)
		}
		*password = strings.TrimSpace(string(text))
	}
	return nil
}

// initialise makes the data folder.
func (p *Postgres) initialise(ctx context.Context) error {
	var failure error
	for _, locale := range []string{"C.UTF-8", "en_US.UTF-8"} {
		if err := os.RemoveAll(p.folder.join("data")); err != nil {
			return fmt.Errorf("clear data folder: %w", err)
		}
		initdb, err := p.folder.start(ctx, "initdb", filepath.Join(p.bin, "initdb"),
			"--pgdata=data", "--username="+p.SuperUser, "--pwfile=superuser.password", "--auth=scram-sha-256",
			"--encoding=UTF8", "--locale="+locale, "--no-sync", "--no-instructions")
		if err != nil {
			return err
		}
		select {
		case <-initdb.done:
		case <-ctx.Done():
			return fmt.Errorf("run initdb: %w", context.Cause(ctx))
		}
		if initdb.waitErr == nil {
			return nil
		}
		failure = fmt.Errorf("run initdb: %w:\n%s", initdb.waitErr, initdb.logTail())
	}
	return failure
}

// run starts the server and waits until it lets sessions in.
func (p *Postgres) run(ctx context.Context) error {
	args := []string{"-D", "data", "-p", strconv.Itoa(p.Port)}
	for _, name := range slices.Sorted(maps.Keys(p.settings)) {
		args = append(args, "-c", name+"="+p.settings[name])
	}
	var err error
	if p.server, err = p.folder.start(ctx, "postgres", filepath.Join(p.bin, "postgres"), args...); err != nil {
		return err
	}
	return poll(ctx, p.server, 10*time.Millisecond, p.ready)
}

// ready reads the server's state where pg_ctl reads it: the eighth line of its
// pid file.
func (p *Postgres) ready() bool {
	text, err := os.ReadFile(p.folder.join("data/postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) > 7 && lines[0] == strconv.Itoa(p.server.cmd.Process.Pid) && strings.TrimSpace(lines[7]) == "ready"
}

// bootstrap runs config/postgres/bootstrap.sql as a database administrator does.
func (p *Postgres) bootstrap(ctx context.Context) error {
	psql := exec.CommandContext(ctx, filepath.Join(p.bin, "psql"), "--no-psqlrc", "--no-password", "--file=-") //nolint:gosec // the program that was found
	psql.Stdin = strings.NewReader(bootstrap.Bootstrap)
	psql.Env = append(os.Environ(),
		"PGHOST="+p.Host, "PGPORT="+strconv.Itoa(p.Port), "PGUSER="+p.SuperUser, "PGDATABASE=postgres", "PGSSLMODE=disable",
		"PGPASSWORD="+p.SuperPassword, "DALIU_OPERATOR_PASSWORD="+p.OperatorPassword)
	if output, err := psql.CombinedOutput(); err != nil {
		return fmt.Errorf("run bootstrap.sql: %w:\n%s", err, output)
	}
	return nil
}

// URL is what a PostgreSQL client connects to.
func (p *Postgres) URL(user, password, database string) string {
	address := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, password), Host: p.address(),
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return address.String()
}

func (p *Postgres) address() string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

// Kill ends the server as a crash does: its postmaster is gone at once, without
// a word to anybody. [Postgres.Restart] brings it back.
func (p *Postgres) Kill() error { return p.server.stop(syscall.SIGKILL, time.Minute) }

// Restart starts the server again on the same port and data, after
// [Postgres.Kill] or when somebody else has ended it. One that still runs is
// shut down first.
func (p *Postgres) Restart(ctx context.Context) error {
	if err := p.server.stop(syscall.SIGINT, time.Minute); err != nil {
		return err
	}
	// The sessions of a server that was killed end by themselves, in a moment;
	// until then they hold on to its memory and it won't start.
	const attempts = 100
	for attempt := 1; ; attempt++ {
		err := p.run(ctx)
		if err == nil || ctx.Err() != nil || attempt == attempts || !strings.Contains(p.server.logTail(), "shared memory block") {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Stop ends the server, and removes its folder unless PostgresOptions.Dir named
// it. It may be called again.
func (p *Postgres) Stop() error {
	p.stopping.Do(func() {
		// Immediate: what is thrown away needs no checkpoint.
		signal := syscall.SIGQUIT
		if p.kept {
			signal = syscall.SIGINT
		}
		var stopErr error
		if p.server != nil {
			stopErr = p.server.stop(signal, 30*time.Second)
		}
		p.stopErr = errors.Join(stopErr, p.folder.close())
	})
	return p.stopErr
}

// Log is what the server has logged since it was first started, to be looked
// through by a test.
func (p *Postgres) Log() string {
	text, err := os.ReadFile(p.server.log)
	if err != nil {
		return "" // nothing was logged yet, or the folder is gone
	}
	return string(text)
}
