package system

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/config/samples"
	"github.com/daliu-governance/daliu/controllers/step"
)

// Patience is how long a test waits for what should take a moment.
const Patience = 90 * time.Second

// Sample reads a town of the sample district.
func Sample(tb testing.TB, name string) *v1alpha1.Township {
	tb.Helper()
	text, err := fs.ReadFile(samples.Liangzhou, "liangzhou/"+name+".yaml")
	if err != nil {
		tb.Fatal(err)
	}
	town := &v1alpha1.Township{}
	if err := yaml.UnmarshalStrict(text, town); err != nil {
		tb.Fatal(err)
	}
	return town
}

// Daliu is the case study's town under another name and code, so that many
// tests have one each.
func Daliu(tb testing.TB, name string, number int) *v1alpha1.Township {
	tb.Helper()
	town := Sample(tb, "daliu")
	town.Name, town.Spec.Code = name, fmt.Sprintf("620603%03d000", number)
	return town
}

// Create applies a Township that should be admitted.
func (d *District) Create(tb testing.TB, town *v1alpha1.Township) *v1alpha1.Township {
	tb.Helper()
	if err := d.Client.Create(tb.Context(), town); err != nil {
		tb.Fatalf("create township %s: %v", town.Name, err)
	}
	return town
}

// Get reads a Township as it is now.
func (d *District) Get(tb testing.TB, name string) *v1alpha1.Township {
	tb.Helper()
	town := &v1alpha1.Township{}
	if err := d.Client.Get(tb.Context(), client.ObjectKey{Namespace: Namespace, Name: name}, town); err != nil {
		tb.Fatal(err)
	}
	return town
}

// Change changes a Township's spec or annotations, again when somebody else wrote it
// in between.
func (d *District) Change(tb testing.TB, name string, change func(*v1alpha1.Township)) {
	tb.Helper()
	town := d.Get(tb, name)
	before := town.DeepCopy()
	change(town)
	if err := d.Client.Patch(tb.Context(), town, client.MergeFrom(before)); err != nil {
		tb.Fatalf("change township %s: %v", name, err)
	}
}

// Until waits until a Township is as wanted, and fails the test with what it
// looks like if it does not come to that.
func (d *District) Until(tb testing.TB, name, wanted string, is func(*v1alpha1.Township) bool) *v1alpha1.Township {
	tb.Helper()
	var town *v1alpha1.Township
	err := wait.PollUntilContextTimeout(tb.Context(), 50*time.Millisecond, Patience, true, func(context.Context) (bool, error) {
		town = d.Get(tb, name)
		return is(town), nil
	})
	if err != nil {
		tb.Fatalf("township %s did not become %s:\n%s", name, wanted, Describe(town))
	}
	return town
}

// UntilReady waits until a Township's present generation is Ready.
func (d *District) UntilReady(tb testing.TB, name string) *v1alpha1.Township {
	tb.Helper()
	return d.Until(tb, name, "Ready", func(town *v1alpha1.Township) bool {
		ready := Condition(town, v1alpha1.ConditionReady)
		return ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == town.Generation
	})
}

// UntilReason waits until a Township is not Ready for that reason.
func (d *District) UntilReason(tb testing.TB, name, reason string) *v1alpha1.Township {
	tb.Helper()
	return d.Until(tb, name, reason, func(town *v1alpha1.Township) bool {
		ready := Condition(town, v1alpha1.ConditionReady)
		return ready.Status == metav1.ConditionFalse && ready.Reason == reason
	})
}

// UntilGone waits until a Township is gone.
func (d *District) UntilGone(tb testing.TB, name string) {
	tb.Helper()
	town := &v1alpha1.Township{}
	err := wait.PollUntilContextTimeout(tb.Context(), 50*time.Millisecond, Patience, true, func(ctx context.Context) (bool, error) {
		err := d.Client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: name}, town)
		return err != nil, client.IgnoreNotFound(err)
	})
	if err != nil {
		tb.Fatalf("township %s did not go: %v\n%s", name, err, Describe(town))
	}
}

// Condition is a condition of a Township.
func Condition(town *v1alpha1.Township, kind string) metav1.Condition {
	return step.Find(town.Status.Conditions, kind)
}

// Describe prints a Township's conditions, a line each.
func Describe(town *v1alpha1.Township) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s generation %d observed %d\n", town.Name, town.Generation, town.Status.ObservedGeneration)
	for _, c := range town.Status.Conditions {
		fmt.Fprintf(&text, "  %-14s %-7s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
	}
	return text.String()
}

// Superuser connects to a database past every guard.
func (d *District) Superuser(tb testing.TB, database string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), d.Postgres.URL(d.Postgres.SuperUser, d.Postgres.SuperPassword, database))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Exec runs a statement as the server's superuser.
func (d *District) Exec(tb testing.TB, statement string) {
	tb.Helper()
	if _, err := d.Superuser(tb, "postgres").Exec(tb.Context(), statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}
