package localcluster

import (
	"context"
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
	f := &folder{path: dir, owner: owner}
	var err error
	ending := "keep"
	if dir == "" {
		ending = "remove"
		f.path, err = os.MkdirTemp("", prefix)
	} else if f.path, err = filepath.Abs(dir); err == nil {
		err = os.MkdirAll(f.path, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("make folder for %s: %w", prefix, err)
	}
	if err := f.prepare(ctx, ending); err != nil {
		if dir == "" {
			err = errors.Join(err, os.RemoveAll(f.path))
		}
		return nil, err
	}
	return f, nil
}

func (f *folder) prepare(ctx context.Context, ending string) error {
	// A predecessor that was killed may still be cleaned up after.
	patience, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	lock, err := lockFile(patience, f.join("lock"), func() {})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("use folder %s: another process runs in it", f.path)
	} else if err != nil {
		return fmt.Errorf("use folder %s: %w", f.path, err)
	}
	defer lock.Close() // from here on the watcher holds it

	// Both remain only after the machine itself went down.
	if err := errors.Join(os.RemoveAll(f.join("running")), os.RemoveAll(f.join("ended")), os.Mkdir(f.join("running"), 0o700)); err != nil {
		return fmt.Errorf("use folder %s: %w", f.path, err)
	}
	if err := f.owner.take(f.path, f.join("running")); err != nil {
		return err
	}
	// The watcher outlives this process and its context, and a session of its own
	// keeps a terminal's Ctrl-C from it.
	watcher := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", watcherScript, "watcher", f.path, ending) //nolint:gosec // our own script and folder
	watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	watcher.ExtraFiles = []*os.File{lock}
	pipe, err := watcher.StdinPipe()
	if err != nil {
		return fmt.Errorf("watch folder %s: %w", f.path, err)
	}
	if err := watcher.Start(); err != nil {
		return fmt.Errorf("watch folder %s: %w", f.path, err)
	}
	f.pipe, f.watcher = pipe, watcher
	return nil
}

func (f *folder) join(name string) string { return filepath.Join(f.path, name) }

// close ends whatever still runs in the folder, and removes the folder unless it
// was given. It may be called again.
func (f *folder) close() error {
	f.closing.Do(func() {
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
