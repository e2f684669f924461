package model

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/tenant/pack"
)

// shape is the JSON form of a type: the name of every field, whether it may be
// left out, and what it holds.
func shape(t *testing.T, of reflect.Type) any {
	t.Helper()

	switch of.Kind() { //nolint:exhaustive // the default fails
	case reflect.Struct:
		fields := map[string]any{}
		for field := range of.Fields() {
			fields[field.Tag.Get("json")] = shape(t, field.Type)
		}
		return fields
	case reflect.Slice, reflect.Pointer:
		return []any{of.Kind().String(), shape(t, of.Elem())}
	case reflect.Int, reflect.Int32:
		return "number"
	case reflect.String, reflect.Bool:
		return of.Kind().String()
	default:
		t.Fatalf("%s has no JSON form here", of)
		return nil
	}
}

func TestSpecAndPackHaveTheSameFields(t *testing.T) {
	t.Parallel()

	spec := shape(t, reflect.TypeFor[v1alpha1.GovernanceModelSpec]())
	model := shape(t, reflect.TypeFor[pack.Model]())
	if diff := cmp.Diff(model, spec); diff != "" {
		t.Errorf("GovernanceModelSpec differs from pack.Model (-pack +spec):\n%s", diff)
	}
}

func TestContentOfASpecIsThePack(t *testing.T) {
	t.Parallel()

	for _, name := range pack.Names() {
		want, err := pack.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := contentOf(specOf(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s changes on its way through a GovernanceModel (-pack +content):\n%s", name, diff)
		}
	}
}

// specOf is the other direction of contentOf.
func specOf(t *testing.T, m pack.Model) v1alpha1.GovernanceModelSpec {
	t.Helper()

	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var spec v1alpha1.GovernanceModelSpec
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestDescribeSaysWhatToDo(t *testing.T) {
	t.Parallel()

	got := describe([]pack.Problem{{Path: "loop", Message: "is odd: make it even"}, {Path: "roles", Message: "is empty: fill it"}})
	want := "a model can't be changed, so apply it under a new name without its faults (2): spec.loop: is odd: make it even; spec.roles: is empty: fill it"
	if got != want {
		t.Errorf("describe = %q, want %q", got, want)
	}
}
