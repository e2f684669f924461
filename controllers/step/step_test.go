package step_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
)

var errBroken = errors.New("connection reset")

func done(context.Context) (string, error)   { return "seen", nil }
func broken(context.Context) (string, error) { return "", errBroken }

func waits(context.Context) (string, error) {
	return "", step.Wait(time.Minute, v1alpha1.ReasonServerUnreachable, "server %s is away", "a")
}

func stops(context.Context) (string, error) {
	return "", step.Stop(v1alpha1.ReasonConflict, "move it")
}

func TestRun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		second func(context.Context) (string, error)
		want   []string // type status reason
		after  time.Duration
		err    error
	}{
		"all steps done is Ready": {second: done, want: []string{
			"First True Done", "Second True Done", "Third True Done", "Ready True Ready",
		}},
		"a step that waits is tried again by itself": {second: waits, after: time.Minute, want: []string{
			"First True Done", "Second False ServerUnreachable", "Third Unknown NotReached",
			"Ready False ServerUnreachable", "Reconciling True ServerUnreachable",
		}},
		"a step that stops waits for somebody": {second: stops, after: time.Minute, want: []string{
			"First True Done", "Second False Conflict", "Third Unknown NotReached", "Ready False Conflict", "Stalled True Conflict",
		}},
		"a call that failed is tried again with delay": {second: broken, err: errBroken, want: []string{
			"First True Done", "Second False Error", "Third Unknown NotReached", "Ready False Error", "Reconciling True Error",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What an earlier run left must not stay.
			conditions := []metav1.Condition{{Type: "Stalled", Status: "True", Reason: "Conflict"}, {Type: "Third", Status: "True", Reason: "Done"}}
			result, err := step.Run(t.Context(), &conditions, 7,
				step.Step{Condition: "First", Run: done}, step.Step{Condition: "Second", Run: tc.second}, step.Step{Condition: "Third", Run: done})
			if !errors.Is(err, tc.err) || result.RequeueAfter != tc.after {
				t.Errorf("result = %v, %v; want after %v, %v", result, err, tc.after, tc.err)
			}
			got := map[string]bool{}
			for _, c := range conditions {
				got[c.Type+" "+string(c.Status)+" "+c.Reason] = true
				if c.ObservedGeneration != 7 {
					t.Errorf("%s speaks of generation %d", c.Type, c.ObservedGeneration)
				}
			}
			want := map[string]bool{}
			for _, line := range tc.want {
				want[line] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadyRepeatsTheFailedStepInItsWords(t *testing.T) {
	t.Parallel()
	var conditions []metav1.Condition
	if _, err := step.Run(t.Context(), &conditions, 1, step.Step{Condition: "Placed", Run: waits}); err != nil {
		t.Fatal(err)
	}
	if got, want := step.Find(conditions, "Ready").Message, "Placed: server a is away"; got != want {
		t.Errorf("message = %q, want %q", got, want)
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	stale := apierrors.NewConflict(schema.GroupResource{Resource: "townships"}, "daliu", errBroken)
	for name, tc := range map[string]struct {
		err, writing error
		want         ctrl.Result
		fails        bool
	}{
		"both went well":                {want: ctrl.Result{RequeueAfter: time.Hour}},
		"the object was read too early": {writing: stale, want: ctrl.Result{RequeueAfter: 100 * time.Millisecond}},
		"the steps failed":              {err: errBroken, fails: true},
		"the write failed":              {writing: errBroken, fails: true},
		"both failed":                   {err: errBroken, writing: stale, fails: true},
	} {
		got, err := step.Finish(ctrl.Result{RequeueAfter: time.Hour}, tc.err, tc.writing)
		if got != tc.want || (err != nil) != tc.fails {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add(strings.Repeat("长", 400))
	f.Add("short")
	f.Fuzz(func(t *testing.T, message string) {
		got := step.Cut(message)
		if len(got) > 1024 {
			t.Errorf("%d bytes", len(got))
		}
		if utf8.ValidString(message) && !utf8.ValidString(got) {
			t.Errorf("a character was split: %q", got)
		}
	})
}
