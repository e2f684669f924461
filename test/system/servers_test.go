package system_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/localcluster"
	"github.com/daliu-governance/daliu/test/system"
)

// A district on two servers: towns spread, follow their selector, stay where
// they are, and a server that is not the one it was is not worked on.
func TestTwoServers(t *testing.T) {
	d := system.Start(t)
	second := addServer(t, d, "second", map[string]string{"disk": "fast"})

	t.Run("towns go to the emptiest server", func(t *testing.T) {
		for i := range 4 {
			d.Create(t, system.Daliu(t, fmt.Sprintf("spread-%d", i), 300+i))
			d.UntilReady(t, fmt.Sprintf("spread-%d", i))
		}
		on := map[string]int{}
		for i := range 4 {
			on[d.Get(t, fmt.Sprintf("spread-%d", i)).Status.Server.Name]++
		}
		if on["second"] != 2 || on[system.Server] != 2 {
			t.Errorf("towns on servers: %v, want 2 on each", on)
		}
	})
	t.Run("a selector is followed", func(t *testing.T) {
		for i := range 2 {
			town := system.Daliu(t, fmt.Sprintf("fast-%d", i), 310+i)
			town.Spec.Placement.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"disk": "fast"}}
			d.Create(t, town)
			if on := d.UntilReady(t, town.Name).Status.Server.Name; on != "second" {
				t.Errorf("%s is on %s", town.Name, on)
			}
		}
	})
	t.Run("a cordoned server takes no new town and keeps its own", func(t *testing.T) {
		changeServer(t, d, "second", func(s *v1alpha1.DatabaseServer) { s.Spec.Unschedulable = true })
		town := system.Daliu(t, "late", 320)
		town.Spec.Placement.ServerName = "second"
		d.Create(t, town)
		seen := d.UntilReason(t, "late", v1alpha1.ReasonNoServer)
		if message := system.Condition(seen, v1alpha1.ConditionReady).Message; !strings.Contains(message, "second (is unschedulable)") {
			t.Errorf("message = %q", message)
		}
		d.UntilReady(t, "fast-0")
		changeServer(t, d, "second", func(s *v1alpha1.DatabaseServer) { s.Spec.Unschedulable = false })
		d.UntilReady(t, "late") // nobody has to touch the town
	})
	t.Run("a full server takes no more", func(t *testing.T) {
		full := int32(len(names(t, d, `select datname from pg_database where datname like 't\_%'`)))
		changeServer(t, d, system.Server, func(s *v1alpha1.DatabaseServer) { s.Spec.Capacity.MaxTownships = &full })
		town := system.Daliu(t, "crowded", 330)
		town.Spec.Placement.ServerName = system.Server
		d.Create(t, town)
		seen := d.UntilReason(t, "crowded", v1alpha1.ReasonNoServer)
		if message := system.Condition(seen, v1alpha1.ConditionReady).Message; !strings.Contains(message, fmt.Sprintf("is full with %d", full)) {
			t.Errorf("message = %q", message)
		}
	})
	t.Run("another cluster at the endpoint is not worked on", func(t *testing.T) {
		other, err := localcluster.StartPostgres(t.Context(), localcluster.PostgresOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Stop() })
		writeAdmin(t, d, "second-admin", other)
		changeServer(t, d, "second", func(s *v1alpha1.DatabaseServer) { s.Spec.Endpoint.Port = int32(other.Port) })
		d.UntilReason(t, "fast-0", v1alpha1.ReasonServerUnreachable)
		server := &v1alpha1.DatabaseServer{}
		if err := d.Client.Get(t.Context(), client.ObjectKey{Name: "second"}, server); err != nil {
			t.Fatal(err)
		}
		if ready := step.Find(server.Status.Conditions, v1alpha1.ConditionReady); ready.Reason != v1alpha1.ReasonIdentityChanged {
			t.Errorf("reason = %s: %s", ready.Reason, ready.Message)
		}
		writeAdmin(t, d, "second-admin", second)
		changeServer(t, d, "second", func(s *v1alpha1.DatabaseServer) { s.Spec.Endpoint.Port = int32(second.Port) })
		d.UntilReady(t, "fast-0")
	})
}

func addServer(t *testing.T, d *system.District, name string, labels map[string]string) *localcluster.Postgres {
	t.Helper()
	postgres, err := localcluster.StartPostgres(t.Context(), localcluster.PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	writeAdmin(t, d, name+"-admin", postgres)
	server := &v1alpha1.DatabaseServer{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec: v1alpha1.DatabaseServerSpec{
			Endpoint:       v1alpha1.Endpoint{Host: postgres.Host, Port: int32(postgres.Port), SSLMode: "Disable"},
			AdminSecretRef: v1alpha1.LocalSecretReference{Name: name + "-admin"},
		},
	}
	if err := d.Client.Create(t.Context(), server); err != nil {
		t.Fatal(err)
	}
	if output, err := d.Kubectl(t, "wait", "--for=condition=Ready", "dbs", name, "--timeout=60s"); err != nil {
		t.Fatalf("wait for server %s: %v\n%s", name, err, output)
	}
	return postgres
}

func writeAdmin(t *testing.T, d *system.District, name string, postgres *localcluster.Postgres) {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: system.System, Name: name},
		StringData: map[string]string{"username": postgres.OperatorUser, "password": postgres.OperatorPassword},
	}
	err := d.Client.Create(t.Context(), secret)
	if err != nil {
		err = d.Client.Update(t.Context(), secret)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func changeServer(t *testing.T, d *system.District, name string, change func(*v1alpha1.DatabaseServer)) {
	t.Helper()
	server := &v1alpha1.DatabaseServer{}
	if err := d.Client.Get(t.Context(), client.ObjectKey{Name: name}, server); err != nil {
		t.Fatal(err)
	}
	before := server.DeepCopy()
	change(server)
	if err := d.Client.Patch(t.Context(), server, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}
