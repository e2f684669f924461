package localcluster

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// runTask is what a copy of the test binary does, see [TestMain].
func runTask(task string) error {
	switch task {
	case "start":
		if _, err := Start(context.Background(), Options{}); err != nil {
			return err
		}
		fmt.Println("ready")
		select {} // until it is killed
	case "forget":
		_, err := Start(context.Background(), Options{})
		return err // and end without Stop
	}
	return fmt.Errorf("unknown task %q", task)
}

// startChild runs a task in a process of its own, whose folders are below dir.
func startChild(t *testing.T, task, dir string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	child := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	child.Env = append(os.Environ(), childTask+"="+task, "TMPDIR="+dir)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	return child, bufio.NewReader(output)
}

// openDir makes a folder that PostgreSQL's user can reach, unlike t.TempDir.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "daliu-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestNothingIsLeftWhenTheProcessIsKilled(t *testing.T) {
	dir := openDir(t)
	child, output := startChild(t, "start", dir)
	if line, err := output.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	left := tracesIn(t, dir)
	// Two watchers aside: etcd, kube-apiserver, postgres and its own processes.
	if len(left.pids) < 8 || len(left.segments()) != 1 {
		t.Fatalf("a running cluster has only the processes %v and memory %v: this test would not see leftovers", left.pids, left.segments())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	eventually(t, "nothing is left", left.gone)
}

// Every moment of a start is a moment at which it may be killed.
func TestNothingIsLeftWhenTheProcessIsKilledWhileStarting(t *testing.T) {
	dir := openDir(t)
	for _, delay := range []int{5, 10, 20, 40, 80, 150, 300, 600, 1000} {
		child, _ := startChild(t, "start", dir)
		time.Sleep(time.Duration(delay) * time.Millisecond)
		left := tracesIn(t, dir)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		eventually(t, fmt.Sprintf("nothing is left %d ms after the start", delay), left.gone)
	}
}

func TestNothingIsLeftWhenTheProcessForgetsToStop(t *testing.T) {
	dir := openDir(t)
	child, _ := startChild(t, "forget", dir)
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is left", tracesIn(t, dir).gone)
}

func TestNothingIsLeftWhenTheStartIsCalledOff(t *testing.T) {
	dir := openDir(t)
	t.Setenv("TMPDIR", dir)
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, Options{}); err == nil {
		t.Fatal("a start that was called off succeeds")
	}
	if left := tracesIn(t, dir); !left.gone() {
		t.Errorf("the processes %v are left, and %v", left.pids, left.folders())
	}
}

func TestStopLeavesNothing(t *testing.T) {
	dir := openDir(t)
	t.Setenv("TMPDIR", dir)
	cluster, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	left := tracesIn(t, dir)
	for range 2 { // it may be called again
		if err := cluster.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if !left.gone() {
		t.Errorf("the processes %v are left, and %v", tracesIn(t, dir).pids, left.folders())
	}
}

// Traces are what a cluster shows of itself outside: folders, processes and
// shared memory.
type traces struct {
	dir  string
	pids []int
}

// tracesIn finds the processes that work in or below a folder.
func tracesIn(t *testing.T, dir string) traces {
	t.Helper()
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		t.Skip("only Linux tells where a process works") // the tests of Stop itself run everywhere
	}
	return traces{dir: dir, pids: residents(dir)}
}

func residents(dir string) []int {
	var pids []int
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		folder, err := os.Readlink(link)
		if err == nil && (folder == dir || strings.HasPrefix(folder, dir+"/")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func (s traces) gone() bool {
	return len(residents(s.dir)) == 0 && len(s.folders()) == 0 && len(s.segments()) == 0
}

func (s traces) folders() []string {
	found, _ := filepath.Glob(filepath.Join(s.dir, "*"))
	return found
}

// segments are the shared memory segments that the processes have made.
func (s traces) segments() []string {
	table, _ := os.ReadFile("/proc/sysvipc/shm")
	var segments []string
	for line := range strings.Lines(string(table)) {
		const creator = 4
		columns := strings.Fields(line)
		if len(columns) <= creator {
			continue
		}
		if pid, err := strconv.Atoi(columns[creator]); err == nil && slices.Contains(s.pids, pid) {
			segments = append(segments, columns[1])
		}
	}
	return segments
}

// eventually waits up to 20 seconds for something to become true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 seconds: %s", what)
		}
	}
}

// withPatience is a context that ends soon, for what is expected to be refused.
func withPatience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	return ctx
}
