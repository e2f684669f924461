package township

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
)

// ensureFinalizer is persisted before anything is made that a deletion would
// have to end.
func (r *Reconciler) ensureFinalizer(ctx context.Context, town *v1alpha1.Township) error {
	before := town.DeepCopy()
	if !controllerutil.AddFinalizer(town, v1alpha1.TownshipFinalizer) {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Patch(ctx, town, patch); err != nil {
		return fmt.Errorf("add finalizer to %s/%s: %w", town.Namespace, town.Name, err)
	}
	return nil
}

// suspended records that the operator keeps its hands off. What the other
// conditions say is then what was seen last.
func suspended(town *v1alpha1.Township) bool {
	conditions := &town.Status.Conditions
	if !town.Spec.Suspend {
		apimeta.RemoveStatusCondition(conditions, v1alpha1.ConditionSuspended)
		return false
	}
	const message = "spec.suspend is true: set it to false to let the operator go on"
	step.Set(conditions, town.Generation, v1alpha1.ConditionSuspended, "True", v1alpha1.ReasonSuspended, message)
	step.NotReady(conditions, town.Generation, v1alpha1.ReasonSuspended, message, true)
	return true
}

// tell writes an Event for what happened in this reconcile, after its status was
// written.
func (r *Reconciler) tell(town, before *v1alpha1.Township) {
	was := step.Find(before.Status.Conditions, v1alpha1.ConditionReady)
	is := step.Find(town.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case is.Status == "True" && was.Status != "True" && before.Status.Seed == nil:
		r.event(town, corev1.EventTypeNormal, v1alpha1.EventProvisioned, "Provision", "%s is served at %s", town.Spec.DisplayName, town.Status.URL)
	case is.Status == "True" && was.Status != "True":
		r.event(town, corev1.EventTypeNormal, v1alpha1.ReasonReady, "Reconcile", "%s is ready again", town.Spec.DisplayName)
	case is.Status == "False" && was.Reason != is.Reason && !passing[is.Reason]:
		r.event(town, corev1.EventTypeWarning, is.Reason, "Reconcile", "%s", is.Message)
	}
}

// passing are the reasons that every new town goes through: no Event is written
// for them.
var passing = map[string]bool{v1alpha1.ReasonProgressing: true, v1alpha1.ReasonNotServed: true}

// recordDrift says what is not as it should be and was left so.
func (s *scope) recordDrift() {
	conditions := &s.town.Status.Conditions
	if s.server == nil {
		return // not looked at this time
	}
	if len(s.drifted) == 0 {
		apimeta.RemoveStatusCondition(conditions, v1alpha1.ConditionDrifted)
		return
	}
	step.Set(conditions, s.town.Generation, v1alpha1.ConditionDrifted, "True", v1alpha1.ReasonDrifted,
		"set spec.drift to Enforce to put right: "+strings.Join(s.drifted, "; "))
}

// tellRepairs writes one Event for everything that drift was put right.
func (s *scope) tellRepairs() {
	if len(s.repaired) > 0 {
		s.event(s.town, corev1.EventTypeWarning, v1alpha1.EventDriftRepaired, "Repair", "put right: %s", strings.Join(s.repaired, "; "))
	}
}

// event writes an Event, its note cut to what the API takes.
func (r *Reconciler) event(town *v1alpha1.Township, kind, reason, action, format string, args ...any) {
	r.Events.Eventf(town, nil, kind, reason, action, "%s", step.Cut(fmt.Sprintf(format, args...)))
}
