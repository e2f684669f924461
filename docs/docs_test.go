// Package docs_test checks that the documents say what the code does.
package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/tenant/pack"
)

// documents reads every document of the repository by its path.
func documents(t *testing.T) map[string]string {
	t.Helper()

	read := map[string]string{}
	for _, path := range []string{"../README.md", "../README.en.md", "../CONTRIBUTING.md", "../CHANGELOG.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read[path] = string(text)
	}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path)
		read[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()

	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	for path, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, found[1], err)
			}
		}
	}
}

func TestExamplesAreManifests(t *testing.T) {
	t.Parallel()

	block := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	for path, text := range documents(t) {
		for _, found := range block.FindAllStringSubmatch(text, -1) {
			var kind struct {
				Kind string `json:"kind"`
			}
			if err := yaml.Unmarshal([]byte(found[1]), &kind); err != nil {
				t.Errorf("example in %s: %v", path, err)
				continue
			}
			object, known := map[string]any{
				"Township": &v1alpha1.Township{}, "GovernanceModel": &v1alpha1.GovernanceModel{},
				"DatabaseServer": &v1alpha1.DatabaseServer{}, "District": &v1alpha1.District{},
			}[kind.Kind]
			if !known {
				t.Errorf("example in %s is a %q", path, kind.Kind)
			} else if err := yaml.UnmarshalStrict([]byte(found[1]), object); err != nil {
				t.Errorf("example of %s in %s: %v", kind.Kind, path, err)
			}
		}
	}
}

// TestEveryConditionAndReasonIsExplained reads the closed sets from the source
// and looks for each in the contracts.
func TestEveryConditionAndReasonIsExplained(t *testing.T) {
	t.Parallel()

	file, err := parser.ParseFile(token.NewFileSet(), "../api/v1alpha1/conditions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var contracts strings.Builder
	for path, text := range documents(t) {
		if strings.HasPrefix(path, "spec") {
			contracts.WriteString(text)
		}
	}
	found := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, isValue := node.(*ast.ValueSpec)
		if !isValue || !strings.HasPrefix(spec.Names[0].Name, "Condition") && !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		found++
		if !strings.Contains(contracts.String(), "`"+value+"`") {
			t.Errorf("docs/spec does not explain %s", value)
		}
		return true
	})
	if found < 40 {
		t.Errorf("found %d conditions and reasons in the source, expected more", found)
	}
}

func TestTheCountsOfDaliuAreRight(t *testing.T) {
	t.Parallel()

	m, err := pack.Load("daliu-2021")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%d enumerations, %d clocks, %d duties, %d papers, %d indicators, %d roles",
		len(m.Enumerations), len(m.Clocks), len(m.Duties), len(m.Papers), len(m.Indicators), len(m.Roles))
	if !strings.Contains(documents(t)["spec/governancemodel.md"], want) {
		t.Errorf("docs/spec/governancemodel.md does not say %q", want)
	}
}
