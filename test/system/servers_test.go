package system_test

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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
	second := addSecond(t, d, map[string]string{"disk": "fast"})

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
		writeAdmin(t, d, other)
		changeServer(t, d, "second", func(s *v1alpha1.DatabaseServer) { s.Spec.Endpoint.Port = int32(other.Port) })
		d.UntilReason(t, "fast-0", v1alpha1.ReasonServerUnreachable)
		server := &v1alpha1.DatabaseServer{}
		if err := d.Client.Get(t.Context(), client.ObjectKey{Name: "second"}, server); err != nil {
			t.Fatal(err)
		}
		if ready := step.Find(server.Status.Conditions, v1alpha1.ConditionReady); ready.Reason != v1alpha1.ReasonIdentityChanged {
			t.Errorf("reason = %s: %s", ready.Reason, ready.Message)
		}
		writeAdmin(t, d, second)
		changeServer(t, d, "second", func(s *v1alpha1.DatabaseServer) { s.Spec.Endpoint.Port = int32(second.Port) })
		d.UntilReady(t, "fast-0")
	})
}

func addSecond(t *testing.T, d *system.District, labels map[string]string) *localcluster.Postgres {
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
	writeAdmin(t, d, postgres)
	server := &v1alpha1.DatabaseServer{
		ObjectMeta: metav1.ObjectMeta{Name: "second", Labels: labels},
		Spec: v1alpha1.DatabaseServerSpec{
			Endpoint:       v1alpha1.Endpoint{Host: postgres.Host, Port: int32(postgres.Port), SSLMode: "Disable"},
			AdminSecretRef: v1alpha1.LocalSecretReference{Name: "second-admin"},
		},
	}
	if err := d.Client.Create(t.Context(), server); err != nil {
		t.Fatal(err)
	}
	if output, err := d.Kubectl(t, "wait", "--for=condition=Ready", "dbs", "second", "--timeout=60s"); err != nil {
		t.Fatalf("wait for the second server: %v\n%s", err, output)
	}
	return postgres
}

func writeAdmin(t *testing.T, d *system.District, postgres *localcluster.Postgres) {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: system.System, Name: "second-admin"},
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

// Invariant 2: a town has one place, whoever writes to its object while it is
// being made, and however many servers there are.
func TestInvariant2OnePlaceForATown(t *testing.T) {
	d := system.Start(t)
	addSecond(t, d, nil)
	const towns = 8
	for i := range towns {
		d.Create(t, system.Daliu(t, fmt.Sprintf("busy-%d", i), 400+i))
	}
	for round := range 10 {
		for i := range towns {
			patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"labels":{"round":"%d"}}}`, round))
			town := &v1alpha1.Township{ObjectMeta: metav1.ObjectMeta{Namespace: system.Namespace, Name: fmt.Sprintf("busy-%d", i)}}
			if err := d.Client.Patch(t.Context(), town, patch); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	for i := range towns {
		d.UntilReady(t, fmt.Sprintf("busy-%d", i))
	}
	if output, err := d.Kubectl(t, "wait", "--for=jsonpath={.status.townships}=4", "dbs", "--all", "--timeout=30s"); err != nil {
		t.Errorf("towns are not spread 4 and 4, or are there twice: %v\n%s", err, output)
	}
}

// A server takes no more towns than it has room for, although many are chosen
// for at once.
func TestCapacityHoldsWhenManyTownsComeAtOnce(t *testing.T) {
	d := system.Start(t)
	two := int32(2)
	changeServer(t, d, system.Server, func(s *v1alpha1.DatabaseServer) { s.Spec.Capacity.MaxTownships = &two })
	for i := range 6 {
		d.Create(t, system.Daliu(t, fmt.Sprintf("crowd-%d", i), 500+i))
	}
	ready := map[string]bool{}
	for i := range 6 {
		town := d.Until(t, fmt.Sprintf("crowd-%d", i), "Ready or without a server", func(town *v1alpha1.Township) bool {
			c := system.Condition(town, v1alpha1.ConditionReady)
			return c.Status == metav1.ConditionTrue || c.Reason == v1alpha1.ReasonNoServer
		})
		if system.Condition(town, v1alpha1.ConditionReady).Status == metav1.ConditionTrue {
			ready[town.Name] = true
		}
	}
	if len(ready) != 2 {
		t.Errorf("towns on a server with room for 2: %v", ready)
	}
}

// Invariant 1: a DatabaseServer that is applied anew for another cluster gives a
// town that stands elsewhere no empty database.
func TestInvariant1ServerAppliedAnewForAnotherCluster(t *testing.T) {
	d := system.Start(t)
	addSecond(t, d, nil)
	town := system.Daliu(t, "elsewhere", 600)
	town.Spec.Placement.ServerName = "second"
	d.Create(t, town)
	d.UntilReady(t, "elsewhere")
	if err := d.Client.Delete(t.Context(), &v1alpha1.DatabaseServer{ObjectMeta: metav1.ObjectMeta{Name: "second"}}); err != nil {
		t.Fatal(err)
	}
	d.UntilReason(t, "elsewhere", v1alpha1.ReasonNoServer)
	other := addSecond(t, d, nil)
	d.UntilReason(t, "elsewhere", v1alpha1.ReasonIdentityChanged)
	conn, err := pgx.Connect(t.Context(), other.URL(other.SuperUser, other.SuperPassword, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var databases int
	if err := conn.QueryRow(t.Context(), `select count(*) from pg_database where datname like 't\_%'`).Scan(&databases); err != nil || databases > 0 {
		t.Errorf("databases on the other cluster: %d, %v", databases, err)
	}
}

// What stands anywhere of a code is seen wherever the town would go.
func TestReleasedTownIsFoundOnWhicheverServerItIs(t *testing.T) {
	d := system.Start(t)
	addSecond(t, d, nil)
	town := system.Daliu(t, "old", 700)
	town.Spec.Placement.ServerName, town.Spec.DeletionProtection = "second", new(bool)
	d.Create(t, town)
	old := d.UntilReady(t, "old")
	if output, err := d.Kubectl(t, "delete", "twn", "old", "--wait=false"); err != nil {
		t.Fatalf("deletion: %v\n%s", err, output)
	}
	d.UntilGone(t, "old")
	d.Create(t, system.Daliu(t, "new", 700))
	seen := d.UntilReason(t, "new", v1alpha1.ReasonConflict)
	if message := system.Condition(seen, v1alpha1.ConditionReady).Message; !strings.Contains(message, "DatabaseServer second") {
		t.Errorf("message = %q", message)
	}
	d.Change(t, "new", func(town *v1alpha1.Township) { town.Spec.Adopt = &v1alpha1.Adoption{TownshipUID: string(old.UID)} })
	if on := d.UntilReady(t, "new").Status.Server.Name; on != "second" {
		t.Errorf("adopted on %s, want second", on)
	}
}

// A server that hangs, neither answering nor refusing, holds up nobody else, and
// its towns do not go on being called Ready.
func TestHungServerHoldsUpNobodyElse(t *testing.T) {
	d := system.Start(t)
	second := addSecond(t, d, nil)
	gate := newGate(t, second.Port)
	changeServer(t, d, "second", func(s *v1alpha1.DatabaseServer) { s.Spec.Endpoint.Port = int32(gate.port) })
	for i, on := range []string{"second", system.Server} {
		town := system.Daliu(t, "on-"+on, 950+i)
		town.Spec.Placement.ServerName = on
		d.Create(t, town)
		d.UntilReady(t, town.Name)
	}
	gate.closed.Store(true)
	healthy := d.Get(t, "on-"+system.Server).Status.Database.Name
	d.Exec(t, "grant connect on database "+healthy+" to public")
	d.Until(t, "on-"+system.Server, "repaired while the other server hangs", func(*v1alpha1.Township) bool {
		return len(names(t, d, "select datname from pg_database, aclexplode(datacl) a where datname = '"+healthy+"' and a.grantee = 0")) == 0
	})
	d.UntilReason(t, "on-second", v1alpha1.ReasonServerUnreachable)
	gate.closed.Store(false)
	d.UntilReady(t, "on-second")
}

// A gate passes bytes on to a port of this machine, until it is closed: then it
// takes them and says nothing, as a network that lost its way.
type gate struct {
	port   int
	closed atomic.Bool
}

func newGate(t *testing.T, to int) *gate {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	g := &gate{port: listener.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", to))
			if err != nil {
				_ = in.Close()
				continue
			}
			go g.pass(in, out)
			go g.pass(out, in)
		}
	}()
	return g
}

func (g *gate) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if g.closed.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
