package chart_test

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/daliu-governance/daliu/config"
	"github.com/daliu-governance/daliu/config/models"
)

// fromConfig are the files of config that the chart has copies of.
func fromConfig(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for folder, from := range map[string]fs.FS{"": config.Files, "models": models.Files} {
		err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(from, name)
			files[path.Join(folder, name)] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestChartHasTheFilesOfConfig(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	folder := os.DirFS(filepath.Join(chart, "files"))
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(folder, name)
		got[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := fromConfig(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("run make generate: %s", diff)
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is not what config says: run make generate", name)
		}
	}
}

// What the chart makes of the files is what they say, to the last number.
func TestChartSaysWhatConfigSays(t *testing.T) {
	t.Parallel()
	want := objects{}
	for name, text := range fromConfig(t) {
		for key, object := range read(t, text) {
			if want[key] != nil {
				t.Errorf("%s is in %s and another file", key, name)
			}
			want[key] = object
		}
	}
	if len(want) < 12 {
		t.Fatalf("%d objects in config, expected more", len(want))
	}
	got := render(t, "testdata/one.yaml")
	for key, object := range want {
		if got[key] == nil {
			t.Errorf("the chart lacks %s", key)
			continue
		}
		if diff := cmp.Diff(bare(t, object), bare(t, got[key])); diff != "" {
			t.Errorf("%s differs from config: %s", key, diff)
		}
	}
}

// TestKustomizeSaysWhatTheChartSays compares the two ways of installing, for one
// district.
func TestKustomizeSaysWhatTheChartSays(t *testing.T) {
	t.Parallel()
	built := kustomize(t)
	made := "Namespace /" + namespace
	if built[made].GetLabels()["pod-security.kubernetes.io/enforce"] != "restricted" {
		t.Error("the operator's namespace is not restricted")
	}
	delete(built, made) // Helm's --create-namespace makes it, or the administrator
	rendered := render(t, "testdata/one.yaml")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(rendered)), slices.Sorted(maps.Keys(built))); diff != "" {
		t.Fatal(diff)
	}
	for key := range rendered {
		if diff := cmp.Diff(bare(t, rendered[key]), bare(t, built[key])); diff != "" {
			t.Errorf("%s: chart - kustomize +: %s", key, diff)
		}
	}
}

// kustomize builds config/default.
func kustomize(t *testing.T) objects {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), startControlPlane(t).Kubectl, "kustomize", root+"/config/default").Output()
	if err != nil {
		t.Fatal(err)
	}
	return read(t, string(text))
}

// bare is an object without what only says who installed it. It goes through
// YAML, so that 1 and 1.0 are the same.
func bare(t *testing.T, object *unstructured.Unstructured) any {
	t.Helper()
	object = object.DeepCopy()
	object.SetLabels(nil)
	annotations := object.GetAnnotations()
	maps.DeleteFunc(annotations, func(key, _ string) bool { return strings.Contains(key, "helm.sh/") })
	if object.SetAnnotations(annotations); len(annotations) == 0 {
		object.SetAnnotations(nil)
	}
	at := []string{"spec", "template", "metadata", "labels"}
	if labels, found, _ := unstructured.NestedMap(object.Object, at...); found {
		for _, installer := range []string{"app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"} {
			delete(labels, installer)
		}
		if err := unstructured.SetNestedMap(object.Object, labels, at...); err != nil {
			t.Fatal(err)
		}
	}
	text, err := yaml.Marshal(object.Object)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := yaml.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}
