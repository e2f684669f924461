// Package model says of every GovernanceModel whether towns can work by it and
// how many do.
package model

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
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
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant/pack"
)

// debounce gathers the towns of one apply into one count.
const debounce = time.Second

// Reconciler keeps the conditions and the count of GovernanceModels.
type Reconciler struct {
	client.Client
}

// SetupWithManager registers the reconciler and what calls it: the models, and
// the towns that come to a model or leave it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("model").
		For(&v1alpha1.GovernanceModel{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Township{}, later).
		Complete(r)
}

// Reconcile validates one model, counts its towns, and writes the status if
// either changed.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (result ctrl.Result, err error) {
	model := &v1alpha1.GovernanceModel{}
	if err := r.Get(ctx, req.NamespacedName, model); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	towns, err := index.TownshipsBy(ctx, r.Client, index.Model, model.Name)
	if err != nil {
		return ctrl.Result{}, err
	}
	content, err := contentOf(model.Spec)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("read model %s: %w", model.Name, err)
	}
	before := model.DeepCopy()
	defer func() { result, err = step.Finish(result, err, step.WriteStatus(ctx, r.Client, model, before)) }()

	status, count := &model.Status, int32(len(towns)) //nolint:gosec // far fewer than 2³¹ towns
	status.ObservedGeneration, status.Townships = model.Generation, &count
	if problems := pack.Validate(content); len(problems) > 0 {
		step.NotReady(&status.Conditions, model.Generation, v1alpha1.ReasonModelInvalid, describe(problems), true)
	} else {
		step.Ready(&status.Conditions, model.Generation, v1alpha1.ReasonModelValid, "")
	}
	return ctrl.Result{}, nil
}

// contentOf is the spec in the language of a town. The two have the same
// fields under the same names.
func contentOf(spec v1alpha1.GovernanceModelSpec) (pack.Model, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return pack.Model{}, fmt.Errorf("encode spec: %w", err)
	}
	return pack.Parse(text)
}

// describe says what to do and names every problem; a condition holds as many
// as it has room for.
func describe(problems []pack.Problem) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = "spec." + p.String()
	}
	return fmt.Sprintf("a model can't be changed, so apply it under a new name without its faults (%d): %s",
		len(problems), strings.Join(lines, "; "))
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// later calls, after the debounce, the models whose towns became more or fewer.
// A town that only changed otherwise calls none.
var later = handler.Funcs{
	CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { call(q, modelOf(e.Object)) },
	DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { call(q, modelOf(e.Object)) },
	UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) {
		if old, now := modelOf(e.ObjectOld), modelOf(e.ObjectNew); old != now {
			call(q, old)
			call(q, now)
		}
	},
}

func modelOf(town client.Object) string { return town.(*v1alpha1.Township).Spec.Model.Name }

func call(q queue, model string) {
	q.AddAfter(reconcile.Request{NamespacedName: client.ObjectKey{Name: model}}, debounce)
}
