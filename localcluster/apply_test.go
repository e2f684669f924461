package localcluster

import (
	"strings"
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestApplyWaitsForTheKindsItInstalls(t *testing.T) {
	cluster := sharedCluster(t)
	kinds := strings.NewReplacer("towns", "cities", "town", "city", "Town", "City", "protected", "guarded").Replace(ruled)
	const city = `{apiVersion: test.daliu.dev/v1, kind: City, metadata: {name: a, namespace: default}, spec: {code: "620000000009"}}`
	folder := fstest.MapFS{
		"1-kinds.yaml":  {Data: []byte(kinds)},
		"2-cities.yaml": {Data: []byte(city)},
		"notes.txt":     {Data: []byte("not a manifest")},
	}
	for range 2 { // what is there already stays as it is
		if err := cluster.Apply(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
	}
	seen := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "test.daliu.dev/v1", "kind": "City"}}
	if err := clientOf(t, cluster.Config).Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "a"}, seen); err != nil {
		t.Fatal(err)
	}
	if seen.GetGeneration() != 1 {
		t.Errorf("applying again changed it: generation %d", seen.GetGeneration())
	}
}

func TestApplyNamesTheFileThatIsWrong(t *testing.T) {
	cluster := sharedCluster(t)
	for text, want := range map[string]string{
		"{":       "broken.yaml",
		"kind: X": "broken.yaml",
		"{apiVersion: v1, kind: ConfigMap, metadata: {name: NOT_A_NAME, namespace: default}}": "apply ConfigMap NOT_A_NAME of broken.yaml",
	} {
		err := cluster.Apply(t.Context(), fstest.MapFS{"broken.yaml": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %s", text, err, want)
		}
	}
}
