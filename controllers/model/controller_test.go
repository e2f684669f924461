package model_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/config"
	"github.com/daliu-governance/daliu/config/models"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/model"
	"github.com/daliu-governance/daliu/localcluster"
	"github.com/daliu-governance/daliu/tenant/pack"
)

// cluster is a client of the control plane that all tests of this package use.
var cluster client.Client

func TestMain(m *testing.M) {
	code, err := runWithControlPlane(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runWithControlPlane runs the tests against an API server that has our kinds
// and the embedded models, with this controller and no other.
func runWithControlPlane(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	plane, err := localcluster.StartControlPlane(ctx, localcluster.Options{Progress: os.Stderr})
	if err != nil {
		return 0, err
	}
	defer func() {
		cancel()
		if stopErr := plane.Stop(); err == nil {
			err = stopErr
		}
	}()
	kinds, err := fs.Sub(config.Files, "crd")
	if err != nil {
		return 0, err
	}
	for _, folder := range []fs.FS{kinds, models.Files} {
		if err := plane.Apply(ctx, folder); err != nil {
			return 0, err
		}
	}
	if err := startManager(ctx, plane.Config); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func startManager(ctx context.Context, restConfig *rest.Config) error {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	var err error
	if cluster, err = client.New(restConfig, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"}})
	if err != nil {
		return err
	}
	if err := index.Register(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if err := (&model.Reconciler{Client: mgr.GetClient()}).SetupWithManager(mgr); err != nil {
		return err
	}
	go func() {
		if err := mgr.Start(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return nil
}

// eventually reads a model until it is as wanted.
func eventually(t *testing.T, name string, wanted func(*v1alpha1.GovernanceModel) bool) *v1alpha1.GovernanceModel {
	t.Helper()

	got := &v1alpha1.GovernanceModel{}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err := cluster.Get(t.Context(), client.ObjectKey{Name: name}, got); err != nil {
			t.Fatal(err)
		}
		if wanted(got) {
			return got
		}
	}
	t.Fatalf("model %s did not become as wanted; status: %+v", name, got.Status)
	return nil
}

// readyFor wants the condition Ready, True or False, for a reason.
func readyFor(reason string) func(*v1alpha1.GovernanceModel) bool {
	return func(m *v1alpha1.GovernanceModel) bool {
		c := apimeta.FindStatusCondition(m.Status.Conditions, v1alpha1.ConditionReady)
		return c != nil && c.Reason == reason && m.Status.ObservedGeneration == m.Generation
	}
}

// blank is the embedded model of that name, as an object with another name.
func blank(t *testing.T, name string) *v1alpha1.GovernanceModel {
	t.Helper()

	m := &v1alpha1.GovernanceModel{}
	if err := cluster.Get(t.Context(), client.ObjectKey{Name: "blank"}, m); err != nil {
		t.Fatal(err)
	}
	return &v1alpha1.GovernanceModel{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: m.Spec}
}

func create(t *testing.T, object client.Object) {
	t.Helper()

	if err := cluster.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Delete(context.Background(), object); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	})
}

func town(name, code, follows string) *v1alpha1.Township {
	return &v1alpha1.Township{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"},
		Spec: v1alpha1.TownshipSpec{
			Code: code, DisplayName: "试验镇", Model: v1alpha1.ModelReference{Name: follows},
			Grid: v1alpha1.Grid{Villages: []v1alpha1.SecondLevel{{Name: "第一村"}}},
		},
	}
}

func TestEmbeddedModelsBecomeReady(t *testing.T) {
	t.Parallel()

	for _, name := range pack.Names() {
		m := eventually(t, name, readyFor(v1alpha1.ReasonModelValid))
		if len(m.Status.Conditions) != 1 {
			t.Errorf("%s has the conditions %v, want Ready alone", name, m.Status.Conditions)
		}
	}
}

func TestAModelWithFaultsIsStalled(t *testing.T) {
	t.Parallel()

	m := blank(t, "too-slow")
	for i := range m.Spec.Clocks {
		if m.Spec.Clocks[i].Key == "petition_finish" {
			m.Spec.Clocks[i].Length = 90
		}
	}
	create(t, m)
	got := eventually(t, "too-slow", readyFor(v1alpha1.ReasonModelInvalid))
	ready := apimeta.FindStatusCondition(got.Status.Conditions, v1alpha1.ConditionReady)
	if ready.Status != metav1.ConditionFalse || !strings.Contains(ready.Message, "spec.clocks[petition_finish].length: is 90") || !strings.Contains(ready.Message, "set 60") {
		t.Errorf("Ready is %s: %s", ready.Status, ready.Message)
	}
	if !apimeta.IsStatusConditionTrue(got.Status.Conditions, v1alpha1.ConditionStalled) {
		t.Errorf("conditions are %v, want Stalled", got.Status.Conditions)
	}
}

func TestAModelWithManyFaultsHasAShortMessage(t *testing.T) {
	t.Parallel()

	m := blank(t, "empty")
	m.Spec.Clocks, m.Spec.Limits, m.Spec.Quorums, m.Spec.Duties = nil, nil, nil, nil
	create(t, m)
	got := eventually(t, "empty", readyFor(v1alpha1.ReasonModelInvalid))
	ready := apimeta.FindStatusCondition(got.Status.Conditions, v1alpha1.ConditionReady)
	if len(ready.Message) > 1024 || !strings.Contains(ready.Message, "(20)") {
		t.Errorf("message of %d bytes: %s", len(ready.Message), ready.Message)
	}
}

// counts says whether a model's status has a count and it is n.
func counts(m *v1alpha1.GovernanceModel, n int32) bool {
	return m.Status.Townships != nil && *m.Status.Townships == n
}

func TestTownsOfAModelAreCounted(t *testing.T) {
	t.Parallel()

	create(t, blank(t, "counted"))
	count := func(n int32) func(*v1alpha1.GovernanceModel) bool {
		return func(m *v1alpha1.GovernanceModel) bool {
			return counts(m, n) && readyFor(v1alpha1.ReasonModelValid)(m)
		}
	}
	eventually(t, "counted", count(0))
	first, second := town("first", "620602901000", "counted"), town("second", "620602902000", "counted")
	create(t, first)
	create(t, second)
	before := eventually(t, "counted", count(2))

	first.Spec.DisplayName = "改名镇"
	if err := cluster.Update(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // longer than the debounce
	after := eventually(t, "counted", count(2))
	if before.ResourceVersion != after.ResourceVersion {
		t.Errorf("a renamed town wrote the model: %s became %s", before.ResourceVersion, after.ResourceVersion)
	}

	if err := cluster.Delete(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	eventually(t, "counted", count(1))
}

func TestATownThatChangesItsModelIsCountedOnce(t *testing.T) {
	t.Parallel()

	create(t, blank(t, "left"))
	create(t, blank(t, "joined"))
	mover := town("mover", "620602903000", "left")
	create(t, mover)
	eventually(t, "left", func(m *v1alpha1.GovernanceModel) bool { return counts(m, 1) })
	mover.Spec.Model.Name = "joined"
	if err := cluster.Update(t.Context(), mover); err != nil {
		t.Fatal(err)
	}
	eventually(t, "joined", func(m *v1alpha1.GovernanceModel) bool { return counts(m, 1) })
	eventually(t, "left", func(m *v1alpha1.GovernanceModel) bool { return counts(m, 0) })
}

func TestASpecNeverChanges(t *testing.T) {
	t.Parallel()

	m := blank(t, "settled")
	create(t, m)
	got := eventually(t, "settled", readyFor(v1alpha1.ReasonModelValid))
	got.Spec.Clocks[0].Length = 10
	err := cluster.Update(t.Context(), got)
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "a model never changes") {
		t.Errorf("update of a spec = %v, want a refusal that says why", err)
	}
	got = eventually(t, "settled", readyFor(v1alpha1.ReasonModelValid))
	got.Labels = map[string]string{"colour": "green"}
	if err := cluster.Update(t.Context(), got); err != nil {
		t.Errorf("update of a label: %v", err)
	}
}

func TestTheAPIServerRefuses(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		spoil func(*v1alpha1.GovernanceModelSpec)
		says  string
	}{
		"two clocks with one key": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Clocks = append(s.Clocks, s.Clocks[0]) },
			says:  "Duplicate value",
		},
		"a period of no days": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Clocks[0].Length = 0 },
			says:  "greater than or equal to 1",
		},
		"a record that no town has": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Clocks[0].Subject = "Weather" },
			says:  "Unsupported value",
		},
		"a key with spaces": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Limits[0].Key = "a b" },
			says:  "should match",
		},
		"a law without an article": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Clocks[0].Source.Article = "" },
			says:  "names document and article",
		},
		"more than the whole": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Quorums[0].Present.Numerator = 9 },
			says:  "at most the whole",
		},
		"a share of nobody": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Quorums[0].OrOf = "户" },
			says:  "go together",
		},
		"a label as long as a book": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Duties[0].Label = strings.Repeat("长", 41) },
			says:  "40",
		},
		"nobody": {
			spoil: func(s *v1alpha1.GovernanceModelSpec) { s.Roles = []v1alpha1.ModelRole{} },
			says:  "at least 1 items",
		},
		"a name longer than a Township can refer to": {
			spoil: func(*v1alpha1.GovernanceModelSpec) {},
			says:  "at most 63 characters",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			m := blank(t, "refused")
			if tc.says == "at most 63 characters" {
				m.Name = strings.Repeat("m", 64)
			}
			tc.spoil(&m.Spec)
			err := cluster.Create(t.Context(), m, client.DryRunAll)
			if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("create = %v, want a refusal that says %q", err, tc.says)
			}
		})
	}
}
