package localcluster

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, mode os.FileMode, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestCacheFollowsTheSource(t *testing.T) {
	source := t.TempDir()
	write(t, 0o644, source+"/main.go", "package main")
	write(t, 0o644, source+"/go.mod", "module kube")
	write(t, 0o644, source+"/go.sum", "")
	first, err := kubeCache(source)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := kubeCache(source); err != nil || again != first {
		t.Errorf("the same source is kept in %s and %s", first, again)
	}
	write(t, 0o644, source+"/go.sum", "a line")
	if changed, err := kubeCache(source); err != nil || changed == first {
		t.Errorf("another source is kept in %s too", first)
	}
}

func TestVersionIsThePinnedOne(t *testing.T) {
	source, err := kubeSource()
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(pinned), "k8s.io/kubernetes "+kubeVersion+"\n") {
		t.Errorf("tools/kube/go.mod does not pin %s", kubeVersion)
	}
}

func TestGivenProgramsAreUsed(t *testing.T) {
	assets, path := t.TempDir(), t.TempDir()
	t.Setenv("KUBEBUILDER_ASSETS", assets)
	t.Setenv("PATH", path)
	if err := EnsureKube(t.Context(), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder passes: %v", err)
	}
	write(t, 0o755, assets+"/etcd", "")
	write(t, 0o755, assets+"/kube-apiserver", "")
	if err := EnsureKube(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "kubectl") {
		t.Errorf("without kubectl: %v", err)
	}
	write(t, 0o755, path+"/kubectl", "")
	found, err := ensurePrograms(t.Context(), nil)
	if want := (programs{assets + "/etcd", assets + "/kube-apiserver", path + "/kubectl"}); err != nil || found != want {
		t.Errorf("found %v, %v, want %v", found, err, want)
	}
}

// A build takes minutes, so this one runs a compiler that only pretends.
func TestBuildHappensOnce(t *testing.T) {
	cache, path := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	t.Setenv("PATH", path+":"+os.Getenv("PATH"))
	t.Setenv("COUNT", path+"/count")
	write(t, 0o755, path+"/go", `#!/bin/sh
echo built >>"$COUNT"
sleep 0.3
while [ "$1" != -o ]; do shift; done
echo program >"$2"
`)
	const builders = 4
	failures := make(chan error, builders)
	for range builders {
		go func() { failures <- EnsureKube(t.Context(), nil) }()
	}
	for range builders {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	if count, err := os.ReadFile(path + "/count"); err != nil || string(count) != "built\n" {
		t.Errorf("%d at once give %q, %v", builders, count, err)
	}
}

func TestFailedBuildSaysWhy(t *testing.T) {
	cache, path := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	t.Setenv("PATH", path+":"+os.Getenv("PATH"))
	write(t, 0o755, path+"/go", "#!/bin/sh\necho no space left; exit 1\n")
	var progress bytes.Buffer
	err := EnsureKube(t.Context(), &progress)
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("the error is %v", err)
	}
	if !strings.Contains(progress.String(), "about five minutes, once") {
		t.Errorf("the progress is %q", progress.String())
	}
}

func TestCacheThatCannotBeWrittenIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, 0o644, file, "no folder")
	t.Setenv("XDG_CACHE_HOME", file)
	t.Setenv("HOME", file)
	err := EnsureKube(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "set XDG_CACHE_HOME") {
		t.Errorf("the error is %v", err)
	}
}

func TestLockIsForOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := lockFile(t.Context(), path, func() { t.Error("the first waits") })
	if err != nil {
		t.Fatal(err)
	}
	waits := 0
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
	defer cancel()
	if _, err := lockFile(ctx, path, func() { waits++ }); !errors.Is(err, context.DeadlineExceeded) || waits != 1 {
		t.Errorf("the second gets %v and is told %d times", err, waits)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := lockFile(t.Context(), path, func() { t.Error("nobody holds it") })
	if err != nil {
		t.Fatal(err)
	}
	_ = second.Close()
}

func TestHeartbeatBeats(t *testing.T) {
	var out bytes.Buffer
	stop := heartbeat(&out, 10*time.Millisecond, "still building")
	time.Sleep(100 * time.Millisecond)
	stop()
	if strings.Count(out.String(), "still building (0s so far)\n") < 2 {
		t.Errorf("it says %q", out.String())
	}
}
