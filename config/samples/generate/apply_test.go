package main

import (
	"io/fs"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/config"
	"github.com/daliu-governance/daliu/config/models"
	"github.com/daliu-governance/daliu/config/samples"
	"github.com/daliu-governance/daliu/localcluster"
)

func TestAnAPIServerTakesTheSample(t *testing.T) {
	t.Parallel()

	plane, err := localcluster.StartControlPlane(t.Context(), localcluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	kinds, err := fs.Sub(config.Files, "crd")
	if err != nil {
		t.Fatal(err)
	}
	liangzhou, err := fs.Sub(samples.Liangzhou, "liangzhou")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []fs.FS{kinds, models.Files, liangzhou, samples.Server} {
		if err := plane.Apply(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := client.New(plane.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var towns metav1.PartialObjectMetadataList
	towns.SetGroupVersionKind(schema.GroupVersionKind{Group: "governance.daliu.dev", Version: "v1alpha1", Kind: "TownshipList"})
	if err := reader.List(t.Context(), &towns, client.InNamespace("liangzhou")); err != nil {
		t.Fatal(err)
	}
	if len(towns.Items) != 37 {
		t.Errorf("the API server has %d towns, want 37", len(towns.Items))
	}
}
