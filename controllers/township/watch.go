package township

import (
	"context"
	"reflect"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/step"
)

// onDelete passes deletions only.
var onDelete = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// serverTurned passes changes of a DatabaseServer that change what its towns
// can do: its spec, its labels, whether it is Ready, which cluster it is.
var serverTurned = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	old, isServer := e.ObjectOld.(*v1alpha1.DatabaseServer)
	now, stillServer := e.ObjectNew.(*v1alpha1.DatabaseServer)
	if !isServer || !stillServer {
		return false
	}
	was := step.Find(old.Status.Conditions, v1alpha1.ConditionReady)
	is := step.Find(now.Status.Conditions, v1alpha1.ConditionReady)
	// The observed generation, not the generation: by then the pass has been made
	// that a town goes by.
	return old.Status.ObservedGeneration != now.Status.ObservedGeneration || was.Status != is.Status || was.Reason != is.Reason ||
		old.Status.SystemIdentifier != now.Status.SystemIdentifier || !reflect.DeepEqual(old.Labels, now.Labels)
}}

// modelTurned passes changes of a GovernanceModel that change whether towns can
// be seeded from it.
var modelTurned = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	old, isModel := e.ObjectOld.(*v1alpha1.GovernanceModel)
	now, stillModel := e.ObjectNew.(*v1alpha1.GovernanceModel)
	return isModel && stillModel &&
		step.Find(old.Status.Conditions, v1alpha1.ConditionReady).Status !=
			step.Find(now.Status.Conditions, v1alpha1.ConditionReady).Status
}}

// districtTurned passes changes of a District that change where its towns are,
// or whether their server answers.
var districtTurned = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	old, isDistrict := e.ObjectOld.(*v1alpha1.District)
	now, stillDistrict := e.ObjectNew.(*v1alpha1.District)
	return isDistrict && stillDistrict && (old.Generation != now.Generation ||
		step.Find(old.Status.Conditions, v1alpha1.ConditionServing).Status !=
			step.Find(now.Status.Conditions, v1alpha1.ConditionServing).Status)
}}

// sameCode calls the Townships that a deleted one kept from its code.
func (r *Reconciler) sameCode(ctx context.Context, object client.Object) []ctrl.Request {
	return r.requests(ctx, index.Code, object.(*v1alpha1.Township).Spec.Code)
}

// onModel calls the Townships that work by a model.
func (r *Reconciler) onModel(ctx context.Context, object client.Object) []ctrl.Request {
	return r.requests(ctx, index.Model, object.GetName())
}

// onServer calls the Townships on a server and those that wait for one.
func (r *Reconciler) onServer(ctx context.Context, object client.Object) []ctrl.Request {
	return append(r.requests(ctx, index.Server, object.GetName()), r.requests(ctx, index.Server, "")...)
}

// inDistrict calls the Townships of a District.
func (r *Reconciler) inDistrict(ctx context.Context, object client.Object) []ctrl.Request {
	var towns v1alpha1.TownshipList
	if err := r.List(ctx, &towns, client.InNamespace(object.GetNamespace())); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "list townships", "namespace", object.GetNamespace())
	}
	return requestsOf(towns.Items)
}

func (r *Reconciler) requests(ctx context.Context, field, value string) []ctrl.Request {
	towns, err := index.TownshipsBy(ctx, r.Client, field, value)
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "find townships to call")
	}
	return requestsOf(towns)
}

func requestsOf(towns []v1alpha1.Township) []ctrl.Request {
	requests := make([]ctrl.Request, len(towns))
	for i, town := range towns {
		requests[i] = ctrl.Request{NamespacedName: types.NamespacedName{Namespace: town.Namespace, Name: town.Name}}
	}
	return requests
}
