package localcluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// kubeVersion is the release that tools/kube/go.mod pins; built without it, the
// API server would call itself v0.0.0.
const kubeVersion = "v1.37.2"

// programs are the executables of a control plane.
type programs struct {
	etcd, apiserver, kubectl string
}

// EnsureKube makes etcd, kube-apiserver and kubectl ready for use, building them
// from tools/kube when this machine has not done so yet: that takes some five
// minutes, once. Where KUBEBUILDER_ASSETS is set, it only checks that they are
// there. Processes that call it at the same time build once.
func EnsureKube(ctx context.Context, progress io.Writer) error {
	_, err := ensurePrograms(ctx, oneAtATime(progress))
	return err
}

func ensurePrograms(ctx context.Context, progress io.Writer) (programs, error) {
	if assets := os.Getenv("KUBEBUILDER_ASSETS"); assets != "" {
		return assetPrograms(assets)
	}
	source, err := kubeSource()
	if err != nil {
		return programs{}, err
	}
	dir, err := kubeCache(source)
	if err != nil {
		return programs{}, err
	}
	found := programs{
		etcd:      filepath.Join(dir, "etcd"),
		apiserver: filepath.Join(dir, "kube-apiserver"),
		kubectl:   filepath.Join(dir, "kubectl"),
	}
	// kubectl is linked last: where it is, all is.
	if _, err := os.Stat(found.kubectl); err == nil {
		return found, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return programs{}, fmt.Errorf("keep the control plane's programs: %w; set XDG_CACHE_HOME to a folder that can be written", err)
	}
	lock, err := lockFile(ctx, filepath.Join(dir, "lock"), func() {
		say(progress, "kube-apiserver: another process is building it; waiting")
	})
	if err != nil {
		return programs{}, fmt.Errorf("keep the control plane's programs: %w", err)
	}
	defer lock.Close()
	if _, err := os.Stat(found.kubectl); err == nil {
		return found, nil // built while this process waited
	}
	if err := buildKube(ctx, source, dir, progress); err != nil {
		return programs{}, err
	}
	for _, link := range []string{found.etcd, found.apiserver, found.kubectl} {
		if err := os.Symlink("kube", link); err != nil && !errors.Is(err, fs.ErrExist) {
			return programs{}, fmt.Errorf("link control plane: %w", err)
		}
	}
	return found, nil
}

// assetPrograms takes the programs that somebody else has put in a folder.
func assetPrograms(dir string) (programs, error) {
	found := programs{etcd: filepath.Join(dir, "etcd"), apiserver: filepath.Join(dir, "kube-apiserver"), kubectl: filepath.Join(dir, "kubectl")}
	for _, path := range []string{found.etcd, found.apiserver} {
		if _, err := os.Stat(path); err != nil {
			return programs{}, fmt.Errorf("find control plane in KUBEBUILDER_ASSETS: %w", err)
		}
	}
	if _, err := os.Stat(found.kubectl); err == nil {
		return found, nil
	}
	var err error
	if found.kubectl, err = exec.LookPath("kubectl"); err != nil {
		return programs{}, fmt.Errorf("find kubectl in KUBEBUILDER_ASSETS or PATH: %w", err)
	}
	return found, nil
}

// kubeSource finds tools/kube: beside this package, or above the working folder.
func kubeSource() (string, error) {
	var roots []string
	if _, file, _, ok := runtime.Caller(0); ok {
		roots = append(roots, filepath.Dir(filepath.Dir(file)))
	}
	if dir, err := os.Getwd(); err == nil {
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			roots = append(roots, dir)
		}
	}
	for _, root := range roots {
		source := filepath.Join(root, "tools", "kube")
		if _, err := os.Stat(filepath.Join(source, "go.sum")); err == nil {
			return source, nil
		}
	}
	return "", errors.New("find tools/kube, which the control plane is built from: run inside Daliu's source tree, or set KUBEBUILDER_ASSETS")
}

// kubeCache is where the programs built from a source are kept.
func kubeCache(source string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("keep the control plane's programs: %w; set XDG_CACHE_HOME", err)
	}
	files, err := filepath.Glob(filepath.Join(source, "*.go"))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", source, err)
	}
	files = append(files, filepath.Join(source, "go.mod"), filepath.Join(source, "go.sum"))
	slices.Sort(files)
	digest := sha256.New()
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // our own source
		if err != nil {
			return "", fmt.Errorf("read source of control plane: %w", err)
		}
		fmt.Fprintf(digest, "%s %d\n%s", filepath.Base(file), len(text), text)
	}
	name := kubeVersion + "-" + hex.EncodeToString(digest.Sum(nil))[:12]
	return filepath.Join(cache, "daliu", "kube", name), nil
}

// buildKube builds the multi-call program into dir, under the lock.
func buildKube(ctx context.Context, source, dir string, progress io.Writer) error {
	work, err := openFolder(ctx, "", "daliu-build-", nil)
	if err != nil {
		return err
	}
	defer func() { _ = work.close() }()
	say(progress, "kube-apiserver: building Kubernetes %s from source; this takes about five minutes, once", kubeVersion)
	elapsed := stopwatch()
	stop := heartbeat(progress, 15*time.Second, "kube-apiserver: still building")
	defer stop()

	const version = "k8s.io/component-base/version"
	unfinished := filepath.Join(dir, "kube.unfinished")
	// env: with GOTMPDIR in the work folder, a build that is killed leaves nothing.
	build, err := work.start(ctx, "go-build", "env", "GOTMPDIR="+work.path, "GOWORK=off",
		"go", "-C", source, "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X "+version+".gitVersion="+kubeVersion+" -X "+version+".gitMajor=1 -X "+version+".gitMinor=37",
		"-o", unfinished, ".")
	if err != nil {
		return err
	}
	select {
	case <-build.done:
	case <-ctx.Done():
		return fmt.Errorf("build control plane: %w", context.Cause(ctx))
	}
	if build.waitErr != nil {
		return fmt.Errorf("build control plane: %w:\n%s", build.waitErr, build.logTail())
	}
	if err := os.Rename(unfinished, filepath.Join(dir, "kube")); err != nil {
		return fmt.Errorf("keep control plane: %w", err)
	}
	say(progress, "kube-apiserver: built in %s", elapsed())
	return nil
}
