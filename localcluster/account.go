package localcluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An account is the user that PostgreSQL runs as where this process may not run
// it itself. A nil account is this process's own.
type account struct {
	name     string
	uid, gid uint32
}

// serverAccount is who PostgreSQL runs as: it refuses root, whom the package's
// own user serves, or nobody where there is none.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is this process's own account
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return &account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("find a user for PostgreSQL, which refuses root: neither postgres nor nobody exists")
}

// credential is what a child process gets.
func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// take gives folders to the account, and checks that it can reach the first.
func (a *account) take(paths ...string) error {
	if a == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(a.uid), int(a.gid)); err != nil {
			return fmt.Errorf("give %s to user %s: %w", path, a.name, err)
		}
	}
	for parent := filepath.Dir(paths[0]); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			return fmt.Errorf("check folder %s: %w", parent, err)
		}
		if !a.enters(info) {
			return fmt.Errorf("user %s, as whom PostgreSQL runs, can't enter %s: choose another folder, or set TMPDIR", a.name, parent)
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}

// enters says whether the account may pass through a folder.
func (a *account) enters(info fs.FileInfo) bool {
	const everybody, group, owner = 0o001, 0o010, 0o100
	mode := info.Mode().Perm()
	stat, known := info.Sys().(*syscall.Stat_t)
	switch {
	case known && stat.Uid == a.uid:
		return mode&owner != 0
	case known && stat.Gid == a.gid:
		return mode&group != 0
	}
	return mode&everybody != 0
}
