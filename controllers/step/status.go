package step

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// WriteStatus writes an object's status if it differs from before, once: at
// rest there are no writes. An object that is gone is no error. The write names
// the version that was read, so that a stale reader fails instead of undoing.
func WriteStatus(ctx context.Context, c client.Client, object, before client.Object) error {
	if equality.Semantic.DeepEqual(object, before) {
		return nil
	}
	// The object may have been written since it was read (its finalizer, say):
	// the patch carries what differs and the version that it was computed from.
	before.SetResourceVersion(object.GetResourceVersion())
	before.SetFinalizers(object.GetFinalizers())
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := c.Status().Patch(ctx, object, patch); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("write status of %s: %w", client.ObjectKeyFromObject(object), err)
	}
	return nil
}

// staleRead is how long a reconcile that read an old version is put off, for the
// cache to catch up.
const staleRead = 100 * time.Millisecond

// Finish joins how the steps ended with how the write of the status did. A write
// that was refused because the object was read too early is no failure: the
// reconcile is done again.
func Finish(result ctrl.Result, err, writing error) (ctrl.Result, error) {
	if apierrors.IsConflict(writing) && err == nil {
		return ctrl.Result{RequeueAfter: staleRead}, nil
	}
	if err = errors.Join(err, writing); err != nil {
		return ctrl.Result{}, err
	}
	return result, nil
}

// Find returns a condition, or an Unknown one if it is not there.
func Find(conditions []metav1.Condition, kind string) metav1.Condition {
	if found := apimeta.FindStatusCondition(conditions, kind); found != nil {
		return *found
	}
	return metav1.Condition{Type: kind, Status: metav1.ConditionUnknown}
}
