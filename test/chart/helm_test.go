package chart_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/daliu-governance/daliu/localcluster"
	"github.com/daliu-governance/daliu/test/system"
)

// Where things are, seen from this folder.
const (
	root  = "../.."
	chart = root + "/charts/daliu"
)

// What the tests call the release.
const (
	release   = "daliu"
	namespace = "daliu-system"
)

// helmPath is where TestMain built Helm.
var helmPath string

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // the tests' own clients have nothing to tell
	os.Exit(run(m))
}

func run(m *testing.M) int {
	defer system.Clean()
	folder, err := os.MkdirTemp("", "daliu-helm-")
	if err == nil {
		defer os.RemoveAll(folder)
		err = buildHelm(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// buildHelm builds the helm of tools/chart. Its folder keeps what helm writes,
// so that nothing of the person who runs the tests is read or changed.
func buildHelm(folder string) error {
	helmPath = filepath.Join(folder, "helm")
	for _, kind := range []string{"CACHE", "CONFIG", "DATA"} {
		if err := os.Setenv("HELM_"+kind+"_HOME", filepath.Join(folder, kind)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-modfile=tools/chart/go.mod", "-o", helmPath, "helm.sh/helm/v4/cmd/helm")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build helm: %w\n%s", err, output)
	}
	return nil
}

// helm runs helm, and returns what it printed; its error has what it complained
// of.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, complaint bytes.Buffer
	command := exec.CommandContext(t.Context(), helmPath, args...)
	command.Stdout, command.Stderr = &out, &complaint
	if err := command.Run(); err != nil {
		return out.String(), errors.Join(err, errors.New(complaint.String()))
	}
	return out.String(), nil
}

// mustHelm is helm where it has to succeed.
func mustHelm(t *testing.T, args ...string) string {
	t.Helper()
	out, err := helm(t, args...)
	if err != nil {
		t.Fatalf("helm %v: %v\n%s", args, err, out)
	}
	return out
}

// allValues are the files of values that the chart is tested with.
func allValues(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("files of values: %v, %v", files, err)
	}
	return files
}

// objects are manifests, found by "Kind namespace/name".
type objects map[string]*unstructured.Unstructured

// render is what the chart says with a file of values.
func render(t *testing.T, values string, args ...string) objects {
	t.Helper()
	return read(t, mustHelm(t, append([]string{"template", release, chart, "--namespace", namespace, "--values", values}, args...)...))
}

func read(t *testing.T, text string) objects {
	t.Helper()
	list, err := localcluster.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	found := objects{}
	for _, object := range list {
		key := keyOf(object)
		if found[key] != nil {
			t.Errorf("%s is there twice", key)
		}
		found[key] = object
	}
	return found
}

func keyOf(object *unstructured.Unstructured) string {
	return object.GetKind() + " " + object.GetNamespace() + "/" + object.GetName()
}

// of reads the objects of a kind as their Go type.
func of[T any](t *testing.T, all objects, kind string) map[string]*T {
	t.Helper()
	found := map[string]*T{}
	for key, object := range all {
		if object.GetKind() != kind {
			continue
		}
		typed := new(T)
		if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, typed, true); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		found[key] = typed
	}
	return found
}
