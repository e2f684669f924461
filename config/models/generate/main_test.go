package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/daliu-governance/daliu/config/models"
	"github.com/daliu-governance/daliu/tenant/pack"
)

func TestManifestsAreCurrent(t *testing.T) {
	t.Parallel()

	files, err := models.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(pack.Names()) {
		t.Errorf("config/models has %d manifests, want one for each of %v", len(files), pack.Names())
	}
	for _, name := range pack.Names() {
		want, err := manifest(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := models.Files.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s.yaml is not what make generate writes (-want +got):\n%s", name, diff)
		}
	}
}

func TestManifestHoldsThePack(t *testing.T) {
	t.Parallel()

	for _, name := range pack.Names() {
		text, err := manifest(name)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			APIVersion string            `json:"apiVersion"`
			Kind       string            `json:"kind"`
			Metadata   map[string]string `json:"metadata"`
			Spec       pack.Model        `json:"spec"`
		}
		if err := yaml.UnmarshalStrict(text, &got); err != nil {
			t.Fatalf("read manifest of %s: %v", name, err)
		}
		want, err := pack.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Spec); diff != "" {
			t.Errorf("manifest of %s says something else than the pack (-pack +manifest):\n%s", name, diff)
		}
		if got.Kind != "GovernanceModel" || got.Metadata["name"] != name {
			t.Errorf("manifest of %s is the %s %s", name, got.Kind, got.Metadata["name"])
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		args  func(t *testing.T) []string
		fails bool
	}{
		"one manifest for each pack goes into the folder": {args: func(t *testing.T) []string { t.Helper(); return []string{t.TempDir()} }},
		"without a folder nothing is written":             {args: func(*testing.T) []string { return nil }, fails: true},
		"a folder that is not there is an error":          {args: func(t *testing.T) []string { t.Helper(); return []string{filepath.Join(t.TempDir(), "no")} }, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			args := tc.args(t)
			if err := run(args); (err != nil) != tc.fails {
				t.Fatalf("error = %v, want one: %v", err, tc.fails)
			}
			if tc.fails {
				return
			}
			files, err := os.ReadDir(args[0])
			if err != nil || len(files) != len(pack.Names()) {
				t.Errorf("wrote %d files (%v), want %d", len(files), err, len(pack.Names()))
			}
		})
	}
}
