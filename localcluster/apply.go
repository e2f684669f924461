package localcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fieldOwner is who server-side apply is told applies.
const fieldOwner = client.FieldOwner("daliu-localcluster")

// How long a kind that was just installed is waited for.
const (
	establishPoll    = 25 * time.Millisecond
	establishTimeout = 10 * time.Second
)

// Apply applies every manifest of a folder by server-side apply, in the order
// of the files' names, as kubectl apply --server-side -f would. It waits until
// a kind that it installed is served.
func (c *ControlPlane) Apply(ctx context.Context, folder fs.FS) error {
	writer, err := client.New(c.Config, client.Options{})
	if err != nil {
		return fmt.Errorf("connect to apply: %w", err)
	}
	files, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return fmt.Errorf("list manifests: %w", err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return fmt.Errorf("read manifest %s: %w", file, err)
		}
		objects, err := Decode(text)
		if err != nil {
			return fmt.Errorf("read manifest %s: %w", path.Base(file), err)
		}
		for _, object := range objects {
			if err := apply(ctx, writer, object); err != nil {
				return fmt.Errorf("apply %s %s of %s: %w", object.GetKind(), object.GetName(), file, err)
			}
		}
	}
	return nil
}

// Decode reads the documents of a YAML file.
func Decode(text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func apply(ctx context.Context, writer client.Client, object *unstructured.Unstructured) error {
	owned := client.ApplyConfigurationFromUnstructured(object)
	// A kind installed a moment ago may not be served yet.
	err := wait.PollUntilContextTimeout(ctx, establishPoll, establishTimeout, true, func(ctx context.Context) (bool, error) {
		err := writer.Apply(ctx, owned, fieldOwner, client.ForceOwnership)
		if apimeta.IsNoMatchError(err) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil || object.GroupVersionKind().GroupKind() != (schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}) {
		return err
	}
	return wait.PollUntilContextTimeout(ctx, establishPoll, establishTimeout, true, func(ctx context.Context) (bool, error) {
		seen := &unstructured.Unstructured{}
		seen.SetGroupVersionKind(object.GroupVersionKind())
		if err := writer.Get(ctx, client.ObjectKeyFromObject(object), seen); err != nil {
			return false, err
		}
		return established(seen), nil
	})
}

func established(kind *unstructured.Unstructured) bool {
	conditions, _, err := unstructured.NestedSlice(kind.Object, "status", "conditions")
	if err != nil {
		return false
	}
	for _, condition := range conditions {
		c, isMap := condition.(map[string]any)
		if isMap && c["type"] == "Established" && c["status"] == string(metav1.ConditionTrue) {
			return true
		}
	}
	return false
}
