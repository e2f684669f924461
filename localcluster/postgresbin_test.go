package localcluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// fakePostgres makes a folder with programs that only know their version.
func fakePostgres(t *testing.T, says string) string {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"initdb", "postgres", "psql"} {
		write(t, 0o755, filepath.Join(bin, name), "#!/bin/sh\necho '"+says+"'\n")
	}
	return bin
}

func TestChoosePostgres(t *testing.T) {
	t.Parallel()
	debian15 := fakePostgres(t, "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)")
	beta := fakePostgres(t, "postgres (PostgreSQL) 19beta1")
	old := fakePostgres(t, "postgres (PostgreSQL) 14.9")
	half := t.TempDir()
	write(t, 0o755, half+"/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 17.1'\n")

	for name, tc := range map[string]struct {
		given   string
		folders []string
		want    postgresInstall
		err     string
		none    bool
	}{
		"the newest wins":                    {folders: []string{debian15, beta, old}, want: postgresInstall{beta, "19"}},
		"one without psql is passed over":    {folders: []string{half, debian15}, want: postgresInstall{debian15, "15.18"}},
		"what is given wins over what is":    {given: debian15, folders: []string{beta}, want: postgresInstall{debian15, "15.18"}},
		"what is given is not passed over":   {given: half, folders: []string{beta}, err: "PG_BIN=" + half},
		"what is given may be too old":       {given: old, folders: []string{beta}, err: "PostgreSQL 14.9 is older than 15"},
		"none tells the line to type":        {err: "sudo apt-get install -y postgresql", none: true},
		"one that is too old tells where it": {folders: []string{old}, err: "only 14.9 in " + old, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := choosePostgres(t.Context(), tc.given, tc.folders)
			if tc.err == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tc.err) || errors.Is(err, errNoPostgres) != tc.none {
				t.Fatalf("the error is %v, want %s", err, tc.err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(postgresInstall{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInstallingSaysWhatFailed(t *testing.T) {
	path := t.TempDir()
	t.Setenv("PATH", path+":/bin:/usr/bin")
	write(t, 0o755, path+"/apt-get", "#!/bin/sh\n[ \"$DEBIAN_FRONTEND\" = noninteractive ] || exit 7\n[ \"$2\" = update ] || { echo \"no such package: $*\"; exit 100; }\n")
	var said strings.Builder
	err := aptInstall(t.Context(), &said, "postgresql")
	if err == nil || !strings.Contains(err.Error(), "no such package: -q install -y --no-install-recommends postgresql") {
		t.Errorf("the error is %v", err)
	}
	if !strings.HasPrefix(said.String(), "postgresql: apt-get update\npostgresql: apt-get install") {
		t.Errorf("it says %q", said.String())
	}
}

func TestAccountEnters(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"open":   {Mode: os.ModeDir | 0o711},
		"closed": {Mode: os.ModeDir | 0o700},
	}
	for name, want := range map[string]bool{"open": true, "closed": false} {
		info, err := files.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := (&account{uid: 101, gid: 104}).enters(info); got != want {
			t.Errorf("a stranger enters the %s folder: %t", name, got)
		}
	}
}

func TestFolderOutOfReachIsNamed(t *testing.T) {
	owner, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	if owner == nil {
		t.Skip("PostgreSQL runs as this user, who can reach its own folders")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", closed)
	if _, err := StartPostgres(t.Context(), PostgresOptions{}); err == nil || !strings.Contains(err.Error(), "can't enter "+closed) {
		t.Errorf("the error is %v", err)
	}
	if left, err := os.ReadDir(closed); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
