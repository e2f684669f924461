package chart_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLintIsClean(t *testing.T) {
	t.Parallel()
	mustHelm(t, "lint", "--strict", chart)
	for _, values := range allValues(t) {
		mustHelm(t, "lint", "--strict", "--values", values, chart)
	}
}

// A value that is wrong is refused before anything is made, with words that name
// it.
func TestBadValuesAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ set, says string }{
		"no district":                      {"image.tag=v1", "name at least one district"},
		"district without a namespace":     {"districts[0].replicas=2", "missing property 'namespace'"},
		"district in the operator's":       {"districts[0].namespace=" + namespace, "can't be the operator's"},
		"district named twice":             {"districts[0].namespace=a,districts[1].namespace=a", "named once"},
		"misspelt value":                   {"districts[0].namespace=a,operator.replica=2", "'replica' not allowed"},
		"misspelt section":                 {"districts[0].namespace=a,networkpolicy.enabled=false", "'networkpolicy' not allowed"},
		"latest":                           {"districts[0].namespace=a,image.tag=latest", "/image/tag"},
		"digest that is none":              {"districts[0].namespace=a,image.digest=latest", "/image/digest"},
		"model that is not of the release": {"districts[0].namespace=a,models={daliu-2020}", "/models/0"},
		"interval without a unit":          {"districts[0].namespace=a,operator.driftInterval=60", "/operator/driftInterval"},
		"no memory limit at all":           {"districts[0].namespace=a,serve.resources.limits=null", "limits"},
		"port beyond counting":             {"districts[0].namespace=a,networkPolicy.postgresql.ports={70000}", "/networkPolicy/postgresql/ports/0"},
		"CIDR that is a host":              {"districts[0].namespace=a,networkPolicy.postgresql.cidrs={db}", "/networkPolicy/postgresql/cidrs/0"},
		"route to no host":                 {"districts[0].namespace=a,ingress.enabled=true", "set baseURL or hosts"},
		"route of no gateway":              {"districts[0].namespace=a,httpRoute.enabled=true", "/httpRoute/parentRefs"},
		"baseURL with a path":              {"districts[0].namespace=a,districts[0].baseURL=https://a.example/x", "/districts/0/baseURL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := helm(t, "template", release, chart, "--namespace", namespace, "--set", tc.set)
			if err == nil {
				t.Fatalf("accepted:\n%.300s", out)
			}
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("refused with %q, want %q in it", err, tc.says)
			}
		})
	}
}

// Every value is described, is strict, and has a default.
func TestSchemaDescribesEveryValue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(chart, "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if seen := describe(t, "", schema); seen < 60 {
		t.Errorf("%d values are described, expected more", seen)
	}
	// A list of models that the schema lacks could not be installed.
	files, err := filepath.Glob(chart + "/files/models/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); !strings.Contains(string(text), `"`+name+`"`) {
			t.Errorf("the schema does not know the model %s", name)
		}
	}
}

// describe checks the properties of a schema, and counts them.
func describe(t *testing.T, path string, schema map[string]any) int {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	if properties != nil && schema["additionalProperties"] != false {
		t.Errorf("%s accepts what it does not know", path)
	}
	seen := len(properties)
	for name, property := range properties {
		at := path + "." + name
		inner, isMap := property.(map[string]any)
		if !isMap {
			t.Fatalf("%s is no schema", at)
		}
		_, described := inner["description"]
		_, refers := inner["$ref"]
		if !described && !refers {
			t.Errorf("%s is not described", at)
		}
		seen += describe(t, at, inner)
		if items, isMap := inner["items"].(map[string]any); isMap {
			seen += describe(t, at+"[]", items)
		}
	}
	return seen
}
