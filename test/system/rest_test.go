package system_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/test/system"
)

// restFor is how long nothing may be written.
const restFor = 60 * time.Second

// Invariant 3: at rest, with the drift checks running, nothing is written:
// neither to the API server nor to any town's database.
func TestInvariant3NothingIsWrittenAtRest(t *testing.T) {
	d := system.Start(t)
	for i := range 3 {
		d.Create(t, system.Daliu(t, fmt.Sprintf("rest-%d", i), 100+i))
	}
	for i := range 3 {
		d.UntilReady(t, fmt.Sprintf("rest-%d", i))
	}
	time.Sleep(5 * time.Second) // the counts of District, model and server settle

	objects, rows, checks := versions(t, d), written(t, d), looks(t, d)
	time.Sleep(restFor)
	if diff := cmp.Diff(objects, versions(t, d)); diff != "" {
		t.Errorf("objects written at rest:\n%s", diff)
	}
	if diff := cmp.Diff(rows, written(t, d)); diff != "" {
		t.Errorf("rows written in towns at rest:\n%s", diff)
	}
	if made := looks(t, d) - checks; made < int64(restFor/time.Second)/2 {
		t.Errorf("only %d statements on the maintenance database: the drift checks did not run", made)
	}
}

// versions are the resource versions of everything that the operator could
// write.
func versions(t *testing.T, d *system.District) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, list := range []client.ObjectList{
		&v1alpha1.TownshipList{}, &v1alpha1.DistrictList{}, &v1alpha1.DatabaseServerList{}, &v1alpha1.GovernanceModelList{},
	} {
		collect(t, d, list, found)
	}
	for _, namespace := range []string{system.Namespace, system.System} {
		collect(t, d, &corev1.SecretList{}, found, client.InNamespace(namespace))
		collect(t, d, &corev1.ConfigMapList{}, found, client.InNamespace(namespace))
		collect(t, d, &eventsv1.EventList{}, found, client.InNamespace(namespace))
	}
	return found
}

func collect(t *testing.T, d *system.District, list client.ObjectList, into map[string]string, options ...client.ListOption) {
	t.Helper()
	if err := d.Client.List(t.Context(), list, options...); err != nil {
		t.Fatal(err)
	}
	err := apimeta.EachListItem(list, func(item runtime.Object) error {
		object := item.(client.Object)
		into[fmt.Sprintf("%T %s/%s", object, object.GetNamespace(), object.GetName())] = object.GetResourceVersion()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// written counts the rows ever written in every town's database.
func written(t *testing.T, d *system.District) map[string]int64 {
	t.Helper()
	conn := d.Superuser(t, "postgres")
	rows, err := conn.Query(t.Context(), `select datname, tup_inserted + tup_updated + tup_deleted
		from pg_stat_database where datname like 't\_%'`)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	var name string
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &n}, func() error { found[name] = n; return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}

// looks counts the transactions on the maintenance database.
func looks(t *testing.T, d *system.District) int64 {
	t.Helper()
	var n int64
	err := d.Superuser(t, "postgres").QueryRow(t.Context(), "select xact_commit from pg_stat_database where datname = 'postgres'").Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
