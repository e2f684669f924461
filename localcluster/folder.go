package localcluster

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// watcherScript is run by the system's shell and not by Go, because a test
// binary or the demo would have to be started again in another role for that.
//
//go:embed watcher.sh
var watcherScript string

// A folder is where the programs of one server run. A watcher beside it ends
// them and removes the folder when this process goes away, however it goes.
type folder struct {
	path    string
	owner   *account // who the programs run as; nil: as this process does
	pipe    io.Closer
	watcher *exec.Cmd
	closing sync.Once
	err     error
}

// openFolder makes a folder, or opens the one that is given, and sets the
// watcher to it. A folder that was given is kept when it closes.
func openFolder(ctx context.Context, dir, prefix string, owner *account) (*folder, error) {
	f := &folder{owner: owner}
	err := f.open(ctx, dir, prefix)
	if err == nil {
		err = os.Mkdir(f.join("running"), 0o700)
	}
	if err == nil {
		err = f.owner.take(f.path, f.join("running"))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open folder %s: %w", f.path, err), f.close())
	}
	return f, nil
}

func (f *folder) open(ctx context.Context, dir, prefix string) error {
	if dir == "" {
		var err error
		if f.path, err = filepath.Abs(filepath.Join(os.TempDir(), prefix+rand.Text())); err != nil {
			return err
		}
		// The watcher comes first, so that there is no moment to be killed at in
		// which nobody removes the folder.
		if err := f.watch(ctx, "remove", nil); err != nil {
			return err
		}
		return os.Mkdir(f.path, 0o700)
	}
	var err error
	if f.path, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return err
	}
	// A predecessor that was killed may still be cleaned up after.
	patience, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	lock, err := lockFile(patience, f.join("lock"), func() {})
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("another process runs in it")
	} else if err != nil {
		return err
	}
	defer lock.Close() // from here on the watcher holds it
	// Both remain only after the machine itself went down.
	if err := errors.Join(os.RemoveAll(f.join("running")), os.RemoveAll(f.join("ended"))); err != nil {
		return err
	}
	return f.watch(ctx, "keep", lock)
}

// watch starts the watcher. It outlives this process and its context, and a
// session of its own keeps a terminal's Ctrl-C from it.
func (f *folder) watch(ctx context.Context, ending string, inherits *os.File) error {
	watcher := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", `eval "$DALIU_WATCHER"`, "watcher", f.path, ending) //nolint:gosec // our own script and folder
	watcher.Env = append(os.Environ(), "DALIU_WATCHER="+watcherScript)
	watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if inherits != nil {
		watcher.ExtraFiles = []*os.File{inherits}
	}
	pipe, err := watcher.StdinPipe()
	if err != nil {
		return fmt.Errorf("start watcher: %w", err)
	}
	if err := watcher.Start(); err != nil {
		return fmt.Errorf("start watcher: %w", err)
	}
	f.pipe, f.watcher = pipe, watcher
	return nil
}

func (f *folder) join(name string) string { return filepath.Join(f.path, name) }

// close ends whatever still runs in the folder, and removes the folder unless it
// was given. It may be called again.
func (f *folder) close() error {
	f.closing.Do(func() {
		if f.watcher == nil {
			return
		}
		if err := f.pipe.Close(); err != nil {
			f.err = fmt.Errorf("call watcher of %s: %w", f.path, err)
			return
		}
		if err := f.watcher.Wait(); err != nil {
			f.err = fmt.Errorf("clean up %s: %w", f.path, err)
		}
	})
	return f.err
}

// A process is a program that runs in a folder.
type process struct {
	name    string
	log     string
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended
	waitErr error
}

// start runs a program in the folder, with its output in a log there. The
// program leaves its process id for the watcher before it becomes itself.
func (f *folder) start(ctx context.Context, name, program string, args ...string) (*process, error) {
	log, err := os.OpenFile(f.join(name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer log.Close()
	const announce = `: >"running/$$" && exec "$@"`
	p := &process{name: name, log: log.Name(), done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", append([]string{"-c", announce, "start", program}, args...)...) //nolint:gosec // programs that this package chose
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = f.path, log, log
	// A group of its own keeps a terminal's Ctrl-C from it: the owner stops it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: f.owner.credential()}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.waitErr = p.cmd.Wait()
		// The process id may now become somebody else's.
		_ = os.Remove(filepath.Join(f.path, "running", strconv.Itoa(p.cmd.Process.Pid)))
		close(p.done)
	}()
	return p, nil
}

// exit is how the process ended. It is for after done.
func (p *process) exit() error {
	if p.waitErr == nil {
		return errors.New("exit status 0")
	}
	return p.waitErr
}

// running says whether the process has not ended yet.
func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// stop asks the process to end and, unless it has after the patience, kills it.
func (p *process) stop(signal syscall.Signal, patience time.Duration) error {
	if !p.running() {
		return nil
	}
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.name, err)
	}
	<-p.done
	return nil
}

// logTail is the end of the process's log, for an error.
func (p *process) logTail() string {
	const enough = 2000
	log, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	if len(log) > enough {
		log = log[len(log)-enough:]
	}
	return string(log)
}
