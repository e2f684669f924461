package township

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/server"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// end releases or drops what a Township had and lets it go. The admission
// policy has asked for both keys; they are looked at again here, because a
// cluster may run without the policy.
func (r *Reconciler) end(ctx context.Context, town *v1alpha1.Township) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(town, v1alpha1.TownshipFinalizer) {
		return ctrl.Result{}, nil
	}
	before := town.DeepCopy()
	err := r.endDatabase(ctx, town)
	if err == nil {
		err = r.deleteSecrets(ctx, town)
	}
	if err == nil {
		controllerutil.RemoveFinalizer(town, v1alpha1.TownshipFinalizer)
		patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
		return ctrl.Result{}, client.IgnoreNotFound(r.Patch(ctx, town, patch))
	}
	town.Status.ObservedGeneration = town.Generation
	result, err := step.Run(ctx, &town.Status.Conditions, town.Generation,
		step.Step{Condition: v1alpha1.ConditionEnded, Run: func(context.Context) (string, error) { return "", err }})
	return step.Finish(result, err, step.WriteStatus(ctx, r.Client, town, before))
}

// endDatabase does to the database what the reclaim policy says.
func (r *Reconciler) endDatabase(ctx context.Context, town *v1alpha1.Township) error {
	if town.Spec.Suspend {
		return step.Stop(v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to let the deletion go on")
	}
	// A code that is none was never worked on, and names nothing on any server.
	id := provision.Identification{Code: tenant.Code(town.Spec.Code), UID: string(town.UID), District: town.Namespace}
	placed, err := r.placedOn(ctx, town, id)
	if err != nil || placed == "" {
		return err
	}
	member, looked := r.Pool.Get(placed)
	if !looked && r.serverExists(ctx, placed) {
		return step.Wait(notLookedAt, v1alpha1.ReasonDeleting, "DatabaseServer %s is being looked at", placed)
	}
	reachable := looked && member.Server != nil
	if reachable && town.Status.Server != nil && town.Status.Server.SystemIdentifier != member.Identity.SystemIdentifier {
		return step.Stop(v1alpha1.ReasonIdentityChanged,
			"the town is on cluster %s, DatabaseServer %s is now cluster %s: apply the town's own cluster under this name again, or remove "+
				"the finalizer by hand to leave the database as it is", town.Status.Server.SystemIdentifier, placed, member.Identity.SystemIdentifier)
	}
	if town.Spec.ReclaimPolicy != v1alpha1.ReclaimDelete {
		return r.leave(ctx, town, id, member, reachable)
	}
	switch {
	case town.Annotations[v1alpha1.ConfirmDeleteAnnotation] != town.Name:
		return step.Stop(v1alpha1.ReasonDeleting,
			"spec.reclaimPolicy is Delete: annotate this Township with %s=%s to drop its database, or set the policy to Retain",
			v1alpha1.ConfirmDeleteAnnotation, town.Name)
	case !reachable:
		return step.Wait(serverRetry, v1alpha1.ReasonServerUnreachable,
			"DatabaseServer %s does not answer: the database is dropped when it does; set spec.reclaimPolicy to Retain to leave it", placed)
	}
	return r.drop(ctx, town, id, member.Server)
}

// placedOn is the server that a Township was placed on. Nothing is made before
// the place is written down; should that have been lost all the same, the
// servers are asked.
func (r *Reconciler) placedOn(ctx context.Context, town *v1alpha1.Township, id provision.Identification) (string, error) {
	if placed := index.ServerOf(town); placed != "" {
		return placed, nil
	}
	if !r.lookedAt(ctx, town) {
		return "", step.Wait(notLookedAt, v1alpha1.ReasonDeleting, "the servers are being looked at")
	}
	found, err := r.Pool.Locate(ctx, id)
	return found.Own, err
}

func (r *Reconciler) serverExists(ctx context.Context, name string) bool {
	return r.Get(ctx, client.ObjectKey{Name: name}, &v1alpha1.DatabaseServer{}) == nil
}

// unreachableFor is how long a deleted Township waits for its server, so that
// the logins can be closed, before it leaves everything as it is.
const unreachableFor = 2 * time.Minute

// leave leaves the database behind, closed. A server that does not answer for
// long does not hold the Township up: the mark on the database says whose it was.
func (r *Reconciler) leave(ctx context.Context, town *v1alpha1.Township, id provision.Identification, member *server.Member, reachable bool) error {
	n := provision.NamesOf(id.Code)
	var was bool
	var err error
	if reachable {
		was, err = member.Server.Release(ctx, id)
	}
	switch {
	case !reachable || errors.Is(err, provision.ErrUnreachable):
		if left := unreachableFor - r.Now().Sub(town.DeletionTimestamp.Time); left > 0 {
			return step.Wait(min(serverRetry, left), v1alpha1.ReasonServerUnreachable,
				"the server does not answer: it is waited for until %s after the deletion, to close the town's logins", unreachableFor)
		}
		r.event(town, corev1.EventTypeWarning, v1alpha1.EventReleased, "Release",
			"the server does not answer: database %s stays there as it is, its logins open", n.Database)
		return nil
	case err != nil:
		return err
	case was:
		r.event(town, corev1.EventTypeNormal, v1alpha1.EventReleased, "Release",
			"database %s stays on the server, closed and marked with %s", n.Database, id.UID)
	}
	return nil
}

func (r *Reconciler) drop(ctx context.Context, town *v1alpha1.Township, id provision.Identification, on *provision.Server) error {
	var oid uint32
	if town.Status.Database != nil {
		oid = uint32(town.Status.Database.OID) //nolint:gosec // an OID has 32 bits; the operator wrote it
	}
	dropped, err := on.Drop(ctx, id, oid)
	switch {
	case errors.Is(err, provision.ErrUnreachable):
		return step.Wait(serverRetry, v1alpha1.ReasonServerUnreachable, "the server does not answer: the database is dropped when it does")
	case errors.Is(err, provision.ErrNotConfirmed):
		return step.Stop(v1alpha1.ReasonConflict, "%v: it is left untouched; set spec.reclaimPolicy to Retain to let the Township go", err)
	case err != nil:
		return err
	case dropped:
		r.event(town, corev1.EventTypeNormal, v1alpha1.EventDropped, "Drop", "database %s was dropped, as confirmed", provision.NamesOf(id.Code).Database)
	}
	return nil
}

// deleteSecrets deletes the town's own Secrets. The garbage collector would too,
// but a credential should not outlive its town for as long as that takes.
func (r *Reconciler) deleteSecrets(ctx context.Context, town *v1alpha1.Township) error {
	for _, name := range []string{town.DatabaseSecretName(), town.RollupSecretName(), town.DirectorSecretName()} {
		secret := &corev1.Secret{}
		err := r.Get(ctx, client.ObjectKey{Namespace: town.Namespace, Name: name}, secret)
		if apierrors.IsForbidden(err) {
			return nil // a namespace that is deleted takes the rights first, and the Secrets itself
		}
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("read Secret %s/%s: %w", town.Namespace, name, err)
		}
		if err != nil || !metav1.IsControlledBy(secret, town) {
			continue
		}
		if err := r.Delete(ctx, secret, client.Preconditions{UID: &secret.UID}); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("delete Secret %s/%s: %w", town.Namespace, name, err)
		}
	}
	return nil
}
