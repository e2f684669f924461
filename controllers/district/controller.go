// Package district counts the towns of a district and asks whether their server
// answers, so that one object tells how the whole of it stands. What it writes has the same size for one town and
// for ten thousand.
package district

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/serving"
	"github.com/daliu-governance/daliu/controllers/step"
)

// debounce gathers the changes of many towns into one count: applying a
// thousand towns writes the District about once a second, not a thousand times.
const debounce = time.Second

// Reconciler keeps the counts of Districts.
type Reconciler struct {
	client.Client
	// Serving asks the district's server of towns.
	Serving *serving.Prober
	// Interval is how often it is asked.
	Interval time.Duration
}

// SetupWithManager registers the reconciler and what calls it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("district").
		For(&v1alpha1.District{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Township{}, later, builder.WithPredicates(turned)).
		Complete(r)
}

// turned passes the changes of a Township that change a count.
var turned = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	old, isTown := e.ObjectOld.(*v1alpha1.Township)
	now, stillTown := e.ObjectNew.(*v1alpha1.Township)
	return isTown && stillTown && ready(old) != ready(now)
}}

func ready(town *v1alpha1.Township) bool {
	return step.Find(town.Status.Conditions, v1alpha1.ConditionReady).Status == "True"
}

// Reconcile counts the towns of one District and asks for their server.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (result ctrl.Result, err error) {
	district := &v1alpha1.District{}
	if err := r.Get(ctx, req.NamespacedName, district); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	var towns v1alpha1.TownshipList
	if err := r.List(ctx, &towns, client.InNamespace(req.Namespace)); err != nil {
		return ctrl.Result{}, fmt.Errorf("list townships of %s: %w", req.Namespace, err)
	}
	before := district.DeepCopy()
	defer func() { result, err = step.Finish(result, err, step.WriteStatus(ctx, r.Client, district, before)) }()

	status := &district.Status
	status.ObservedGeneration = district.Generation
	status.Townships, status.ReadyTownships = int64(len(towns.Items)), 0
	for i := range towns.Items {
		if ready(&towns.Items[i]) {
			status.ReadyTownships++
		}
	}
	if err := r.Serving.Alive(ctx, req.Namespace); err != nil {
		step.Set(&status.Conditions, district.Generation, v1alpha1.ConditionServing, "False", v1alpha1.ReasonNotServed, err.Error())
	} else {
		step.Set(&status.Conditions, district.Generation, v1alpha1.ConditionServing, "True", v1alpha1.ReasonDone, "")
	}
	step.Ready(&status.Conditions, district.Generation, v1alpha1.ReasonReady, "")
	return ctrl.Result{RequeueAfter: r.Interval}, nil
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// later calls the District of a Township after the debounce; calls that are
// waiting already are one call.
var later = handler.Funcs{
	CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { call(e.Object, q) },
	UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { call(e.ObjectNew, q) },
	DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { call(e.Object, q) },
}

func call(town client.Object, q queue) {
	q.AddAfter(reconcile.Request{NamespacedName: client.ObjectKey{
		Namespace: town.GetNamespace(), Name: v1alpha1.DistrictName,
	}}, debounce)
}
