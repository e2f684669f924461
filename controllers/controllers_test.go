package controllers_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/config"
	"github.com/daliu-governance/daliu/config/models"
	"github.com/daliu-governance/daliu/config/samples"
	"github.com/daliu-governance/daliu/controllers"
	"github.com/daliu-governance/daliu/localcluster"
)

func TestTry(t *testing.T) {
	ctx := t.Context()
	start := time.Now()
	c, err := localcluster.Start(ctx, localcluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop() })
	t.Logf("started %s", time.Since(start))
	log, _ := zap.NewDevelopment()
	ctrl.SetLogger(zapr.NewLogger(log))
	for _, dir := range []string{"crd", "policy"} {
		sub, _ := fs.Sub(config.Files, dir)
		if err := c.Apply(ctx, sub); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("crds %s", time.Since(start))
	if err := c.Apply(ctx, models.Files); err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	clientgoscheme.AddToScheme(scheme)
	v1alpha1.AddToScheme(scheme)
	k, _ := client.New(c.Config, client.Options{Scheme: scheme})
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "daliu-system"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "pg", Namespace: "daliu-system"}, StringData: map[string]string{"username": c.Postgres.OperatorUser, "password": c.Postgres.OperatorPassword}},
		&v1alpha1.DatabaseServer{ObjectMeta: metav1.ObjectMeta{Name: "local"}, Spec: v1alpha1.DatabaseServerSpec{
			Endpoint: v1alpha1.Endpoint{Host: c.Postgres.Host, Port: int32(c.Postgres.Port), SSLMode: "Disable"}, AdminSecretRef: v1alpha1.LocalSecretReference{Name: "pg"}}},
	} {
		if err := k.Create(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	ready := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var twn v1alpha1.Township
		name, _, _ := strings.Cut(r.Host, ".")
		if err := k.Get(ctx, client.ObjectKey{Namespace: "liangzhou", Name: name}, &twn); err != nil {
			http.Error(w, err.Error(), 503)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"uid": string(twn.UID)})
	}))
	defer ready.Close()
	mgr, err := ctrl.NewManager(c.Config, ctrl.Options{Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"}, Client: client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := controllers.SetupWithManager(ctx, mgr, controllers.Options{Namespace: "daliu-system", ServingURL: ready.URL, DriftInterval: time.Second, Workers: 4}); err != nil {
		t.Fatal(err)
	}
	go mgr.Start(ctx)
	t.Logf("mgr %s", time.Since(start))
	sub, _ := fs.Sub(samples.Liangzhou, "liangzhou")
	if err := c.Apply(ctx, sub); err != nil {
		t.Fatal(err)
	}
	t.Logf("applied %s", time.Since(start))
	for i := 0; i < 60; i++ {
		var l v1alpha1.TownshipList
		k.List(ctx, &l)
		n := 0
		for _, x := range l.Items {
			for _, c := range x.Status.Conditions {
				if c.Type == "Ready" && c.Status == "True" {
					n++
				}
			}
		}
		t.Logf("%s %d/%d", time.Since(start), n, len(l.Items))
		if n == len(l.Items) && n > 0 {
			b, _ := json.MarshalIndent(l.Items[2], "", " ")
			t.Logf("%s", b)
			break
		}
		time.Sleep(time.Second)
	}
}
