package localcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// minimumPostgres is the oldest major version that towns are placed on.
const minimumPostgres = 15

// installLine is what a person types where this program may not.
const installLine = "sudo apt-get install -y postgresql"

// errNoPostgres says that no PostgreSQL new enough is installed.
var errNoPostgres = fmt.Errorf("no PostgreSQL %d or newer is installed", minimumPostgres)

// A postgresInstall is where PostgreSQL's executables are.
type postgresInstall struct {
	bin     string
	version string // such as 15.18
}

// findPostgres takes what $PG_BIN names, which is never passed over, or else the
// newest of what is in PATH and where Debian, Red Hat and Homebrew put it.
func findPostgres(ctx context.Context) (postgresInstall, error) {
	return choosePostgres(ctx, os.Getenv("PG_BIN"), postgresFolders())
}

func choosePostgres(ctx context.Context, bin string, folders []string) (postgresInstall, error) {
	if bin != "" {
		install, major, err := inspectPostgres(ctx, bin)
		if err == nil && major < minimumPostgres {
			err = fmt.Errorf("PostgreSQL %s is older than %d", install.version, minimumPostgres)
		}
		if err != nil {
			return postgresInstall{}, fmt.Errorf("use PG_BIN=%s: %w", bin, err)
		}
		return install, nil
	}
	var newest postgresInstall
	var newestMajor int
	for _, bin := range folders {
		if install, major, err := inspectPostgres(ctx, bin); err == nil && major > newestMajor {
			newest, newestMajor = install, major
		}
	}
	switch {
	case newestMajor == 0:
		return postgresInstall{}, fmt.Errorf("%w: run\n  %s", errNoPostgres, installLine)
	case newestMajor < minimumPostgres:
		return postgresInstall{}, fmt.Errorf("%w, only %s in %s", errNoPostgres, newest.version, newest.bin)
	}
	return newest, nil
}

func postgresFolders() []string {
	var folders []string
	if path, err := exec.LookPath("postgres"); err == nil {
		// Where PATH has a link, initdb and psql are beside what it points to.
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target
		}
		folders = append(folders, filepath.Dir(path))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
	} {
		found, err := filepath.Glob(pattern)
		if err == nil {
			folders = append(folders, found...)
		}
	}
	return folders
}

var versionNumber = regexp.MustCompile(`(\d+)(\.\d+)*`)

// inspectPostgres asks an installation its version. It fails when one of the
// executables that this package needs is missing.
func inspectPostgres(ctx context.Context, bin string) (postgresInstall, int, error) {
	for _, name := range []string{"initdb", "postgres", "psql"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil { //nolint:gosec // PG_BIN may name any folder
			return postgresInstall{}, 0, fmt.Errorf("find PostgreSQL: %w", err)
		}
	}
	output, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output() //nolint:gosec // a folder that PostgreSQL is installed in
	if err != nil {
		return postgresInstall{}, 0, fmt.Errorf("ask version of PostgreSQL in %s: %w", bin, err)
	}
	match := versionNumber.FindStringSubmatch(string(output))
	if match == nil {
		return postgresInstall{}, 0, fmt.Errorf("ask version of PostgreSQL in %s: it says %q", bin, output)
	}
	major, err := strconv.Atoi(match[1])
	return postgresInstall{bin: bin, version: match[0]}, major, err
}

// EnsurePostgres makes sure that this machine has PostgreSQL 15 or newer. As
// root on Debian or Ubuntu it installs it; elsewhere it returns an error with
// the line to type.
func EnsurePostgres(ctx context.Context, progress io.Writer) error {
	_, missing := findPostgres(ctx)
	if missing == nil || !errors.Is(missing, errNoPostgres) {
		return missing
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return missing
	}
	if err := aptInstall(ctx, oneAtATime(progress), "postgresql"); err != nil {
		return err
	}
	_, missing = findPostgres(ctx)
	return missing
}

// aptInstall installs a Debian package.
func aptInstall(ctx context.Context, progress io.Writer, name string) error {
	for _, arguments := range [][]string{{"update"}, {"install", "-y", "--no-install-recommends", name}} {
		say(progress, "%s: apt-get %s", name, strings.Join(arguments, " "))
		apt := exec.CommandContext(ctx, "apt-get", slices.Concat([]string{"-q"}, arguments)...) //nolint:gosec // fixed words
		apt.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if output, err := apt.CombinedOutput(); err != nil {
			return fmt.Errorf("install %s: apt-get %s: %w:\n%s", name, arguments[0], err, output)
		}
	}
	return nil
}
