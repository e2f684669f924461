// Package township turns Townships into isolated, seeded, serving towns, keeps
// them so, and ends them as their reclaim policy says.
package township

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/recorder"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/server"
	"github.com/daliu-governance/daliu/controllers/serving"
	"github.com/daliu-governance/daliu/controllers/step"
)

// Reconciler provisions one isolated tenant per Township.
type Reconciler struct {
	client.Client
	Events recorder.EventRecorder
	Pool   *server.Pool
	// Drifted calls the Townships that a drift pass saw changed.
	Drifted <-chan event.GenericEvent
	// Serving asks the towns' servers.
	Serving *serving.Prober
	// Now is the clock.
	Now func() time.Time
	// Verify is how long a Ready town is left alone before it is looked at whole
	// again: what no catalog tells, such as a password changed by hand, is found
	// then.
	Verify time.Duration
	// Workers is how many Townships are worked on at once.
	Workers int

	reservations sync.Mutex
	reserved     map[string]string // UID of a Township → server chosen for it
}

// verifyJitter spreads the towns over the interval.
const verifyJitter = 0.5

// notLookedAt is how long a Township is put off while this process has not
// looked at its server yet; its status is left as it is.
const notLookedAt = 200 * time.Millisecond

// SetupWithManager registers the reconciler and what calls it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	r.reserved = map[string]string{}
	// Changed specs and annotations matter (a deletion is confirmed by one);
	// what the operator itself writes to status does not.
	changed := predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("township").
		For(&v1alpha1.Township{}, builder.WithPredicates(changed)).
		Owns(&corev1.Secret{}, builder.OnlyMetadata).
		Watches(&v1alpha1.Township{}, handler.EnqueueRequestsFromMapFunc(r.sameCode), builder.WithPredicates(onDelete)).
		Watches(&v1alpha1.DatabaseServer{}, handler.EnqueueRequestsFromMapFunc(r.onServer), builder.WithPredicates(serverTurned)).
		Watches(&v1alpha1.GovernanceModel{}, handler.EnqueueRequestsFromMapFunc(r.onModel), builder.WithPredicates(modelTurned)).
		Watches(&v1alpha1.District{}, handler.EnqueueRequestsFromMapFunc(r.inDistrict), builder.WithPredicates(districtTurned)).
		WatchesRawSource(source.Channel(r.Drifted, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: r.Workers}).
		Complete(r)
}

// Reconcile runs the steps in order, stops at the first that is not done, and
// writes the status once.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (result ctrl.Result, err error) {
	town := &v1alpha1.Township{}
	if err := r.Get(ctx, req.NamespacedName, town); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !town.DeletionTimestamp.IsZero() {
		return r.end(ctx, town)
	}
	if !r.lookedAt(ctx, town) {
		return ctrl.Result{RequeueAfter: notLookedAt}, nil
	}
	if err := r.ensureFinalizer(ctx, town); err != nil {
		return ctrl.Result{}, err
	}

	s, before := &scope{Reconciler: r, town: town}, town.DeepCopy()
	defer func() {
		town.Status.ObservedGeneration = town.Generation
		s.recordDrift()
		writing := step.WriteStatus(ctx, r.Client, town, before)
		result, err = step.Finish(result, err, writing)
		s.tellRepairs()
		if writing == nil {
			r.tell(town, before)
		}
	}()
	if suspended(town) {
		return ctrl.Result{}, nil
	}
	result, err = step.Run(ctx, &town.Status.Conditions, town.Generation,
		step.Step{Condition: v1alpha1.ConditionAccepted, Run: s.accept},
		step.Step{Condition: v1alpha1.ConditionPlaced, Run: s.place},
		step.Step{Condition: v1alpha1.ConditionRolesReady, Run: s.roles},
		step.Step{Condition: v1alpha1.ConditionDatabaseReady, Run: s.database},
		step.Step{Condition: v1alpha1.ConditionSchemaCurrent, Run: s.schema},
		step.Step{Condition: v1alpha1.ConditionSeeded, Run: s.seed},
		step.Step{Condition: v1alpha1.ConditionIsolated, Run: s.isolation},
		step.Step{Condition: v1alpha1.ConditionServed, Run: s.serve},
	)
	if err == nil && result.RequeueAfter == 0 {
		s.wakeIn(wait.Jitter(r.Verify, verifyJitter))
		result.RequeueAfter = s.wake
	}
	return result, err
}
