// Package server watches the PostgreSQL servers that towns are placed on: who
// answers, in what state, and once a drift interval what became of every town
// on it, in one query.
package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// Reconciler keeps a [Pool] of opened servers and what it saw on them.
type Reconciler struct {
	client.Client
	// Namespace is the operator's own: the Secrets of servers are there and
	// nowhere else.
	Namespace string
	Pool      *Pool
	// Interval is how often each server is looked at.
	Interval time.Duration
	// Drifted receives the Townships whose database or roles changed between two
	// passes.
	Drifted chan<- event.GenericEvent
}

// retryAfter is how long an unreachable server is left alone.
const retryAfter = 5 * time.Second

// atOnce is how many servers are looked at side by side: one that hangs must not
// keep the others from being seen.
const atOnce = 8

// SetupWithManager registers the reconciler.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("databaseserver").
		For(&v1alpha1.DatabaseServer{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: atOnce}).
		Complete(r)
}

// Reconcile looks at one server and writes what it saw.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (result ctrl.Result, err error) {
	server := &v1alpha1.DatabaseServer{}
	if err := r.Get(ctx, req.NamespacedName, server); err != nil {
		if apierrors.IsNotFound(err) {
			r.Pool.remove(req.Name)
			return ctrl.Result{}, r.callTowns(ctx, index.Server, req.Name)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	before := server.DeepCopy()
	defer func() { result, err = step.Finish(result, err, step.WriteStatus(ctx, r.Client, server, before)) }()

	status := &server.Status
	status.ObservedGeneration = server.Generation
	p := &pass{Reconciler: r, server: server, member: &Member{}}
	result, err = step.Run(ctx, &status.Conditions, server.Generation, step.Step{
		Condition: v1alpha1.ConditionReachable, Run: p.look,
	})
	p.publish(ctx)
	if err == nil && result.RequeueAfter == 0 {
		result.RequeueAfter = r.Interval
	}
	return result, err
}

// A pass is one look at one server.
type pass struct {
	*Reconciler
	server *v1alpha1.DatabaseServer
	member *Member
}

// look opens the server, checks who answers, bakes the template and reads what
// became of every town.
func (p *pass) look(ctx context.Context) (string, error) {
	config, err := p.config(ctx)
	if err != nil {
		return "", err
	}
	p.member.config = config
	if p.member.opened, err = p.open(ctx, config); err != nil {
		return "", err
	}
	opened := p.member.opened
	identity, err := opened.Identity(ctx)
	if err != nil {
		return "", p.explain(err)
	}
	if err := p.accept(identity); err != nil {
		return "", err
	}
	towns, err := opened.ObserveAll(ctx)
	if err != nil {
		return "", p.explain(err)
	}
	// From here on the towns that stand can be worked on, whatever becomes of the
	// template for new ones.
	p.member.Server, p.member.Identity, p.member.Towns = opened, identity, towns
	p.count(towns)
	if err := opened.EnsureTemplate(ctx); err != nil {
		return "", p.explain(err)
	}
	return fmt.Sprintf("PostgreSQL %s, cluster %s", identity.Version, identity.SystemIdentifier), nil
}

// config reads how to reach the server. The Secret is read from the operator's
// own namespace, whatever the DatabaseServer says.
func (p *pass) config(ctx context.Context) (provision.Config, error) {
	secret := &corev1.Secret{}
	key := types.NamespacedName{Namespace: p.Namespace, Name: p.server.Spec.AdminSecretRef.Name}
	if err := p.Get(ctx, key, secret); err != nil {
		if apierrors.IsNotFound(err) {
			return provision.Config{}, step.Wait(retryAfter, v1alpha1.ReasonSecretNotFound,
				"create Secret %s with the keys username and password", key)
		}
		return provision.Config{}, fmt.Errorf("read Secret %s: %w", key, err)
	}
	endpoint := p.server.Spec.Endpoint
	config := provision.Config{
		Host: endpoint.Host, Port: int(endpoint.Port), SSLMode: sslModes[endpoint.SSLMode],
		User: string(secret.Data["username"]), Password: string(secret.Data["password"]),
	}
	if config.User == "" || config.Password == "" {
		return config, step.Wait(retryAfter, v1alpha1.ReasonSecretNotFound,
			"Secret %s lacks the key username or password: add it", key)
	}
	return config, nil
}

var sslModes = map[string]string{
	"": "verify-full", "Disable": "disable", "Require": "require", "VerifyCA": "verify-ca", "VerifyFull": "verify-full",
}

// open returns the server as it is open already, or opens it.
func (p *pass) open(ctx context.Context, config provision.Config) (*provision.Server, error) {
	if last, found := p.Pool.Get(p.server.Name); found && last.opened != nil && last.config == config {
		return last.opened, nil
	}
	opened, err := provision.Open(ctx, config)
	if err != nil {
		return nil, step.Stop(v1alpha1.ReasonError, "%v", err)
	}
	return opened, nil
}

// accept refuses a server that towns must not be placed on.
func (p *pass) accept(identity provision.Identity) error {
	status := &p.server.Status
	if status.SystemIdentifier != "" && status.SystemIdentifier != identity.SystemIdentifier {
		return step.Stop(v1alpha1.ReasonIdentityChanged,
			"the server at %s:%d is cluster %s, this DatabaseServer's towns are on cluster %s: "+
				"correct the endpoint, or apply the other cluster as a DatabaseServer of its own",
			p.server.Spec.Endpoint.Host, p.server.Spec.Endpoint.Port, identity.SystemIdentifier, status.SystemIdentifier)
	}
	if other := p.Pool.SameCluster(p.server.Name, identity.SystemIdentifier); other != "" {
		return step.Stop(v1alpha1.ReasonDuplicateServer,
			"DatabaseServer %s is the same cluster %s: delete one of the two, or correct its endpoint", other, identity.SystemIdentifier)
	}
	if err := identity.Check(); errors.Is(err, provision.ErrNotBootstrapped) {
		return step.Wait(retryAfter, v1alpha1.ReasonNotBootstrapped,
			"%v: run config/postgres/bootstrap.sql on it once, as its administrator", err)
	} else if err != nil {
		return step.Stop(v1alpha1.ReasonVersionTooOld, "%v: upgrade the server", err)
	}
	status.SystemIdentifier, status.Version = identity.SystemIdentifier, identity.Version
	hardened(&status.Conditions, p.server.Generation, identity.Exposures)
	tuned(&status.Conditions, p.server.Generation, identity.Advice)
	return nil
}

func (p *pass) count(towns map[tenant.Code]provision.Town) {
	p.server.Status.Townships, p.server.Status.Released = 0, 0
	for _, town := range towns {
		if town.Database == nil {
			continue
		}
		if mark, marked := town.Database.Mark(); marked && mark.Released {
			p.server.Status.Released++
		} else if marked {
			p.server.Status.Townships++
		}
	}
}

// explain turns a server that does not answer into a condition.
func (p *pass) explain(err error) error {
	switch {
	case errors.Is(err, provision.ErrCredentialRefused):
		return step.Wait(retryAfter, v1alpha1.ReasonCredentialRefused,
			"the server refuses the login of Secret %s: correct the Secret or the role's password", p.server.Spec.AdminSecretRef.Name)
	case errors.Is(err, provision.ErrUnreachable):
		return step.Wait(retryAfter, v1alpha1.ReasonServerUnreachable,
			"%s:%d does not answer; the operator goes on when it does", p.server.Spec.Endpoint.Host, p.server.Spec.Endpoint.Port)
	}
	return err
}

// publish puts what was seen into the pool and calls the Townships for which it
// differs from the last pass.
func (p *pass) publish(ctx context.Context) {
	ready := step.Find(p.server.Status.Conditions, v1alpha1.ConditionReady)
	p.member.Reason, p.member.Message = ready.Reason, ready.Message
	last, known := p.Pool.Get(p.server.Name)
	if known && last.opened != p.member.opened {
		last.close()
	}
	if p.member.Server == nil && known {
		p.member.Towns = last.Towns // what was seen last, so that the next pass can tell what changed
	}
	p.Pool.set(p.server.Name, p.member)
	if !known || p.member.Server == nil {
		return
	}
	for _, code := range changed(last.Towns, p.member.Towns) {
		if err := p.callTowns(ctx, index.Code, string(code)); err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "call drifted township", "code", code)
		}
	}
}

// callTowns calls the Townships with that value of an indexed field.
func (r *Reconciler) callTowns(ctx context.Context, field, value string) error {
	towns, err := index.TownshipsBy(ctx, r.Client, field, value)
	if err != nil {
		return err
	}
	for i := range towns {
		select {
		case r.Drifted <- event.GenericEvent{Object: &towns[i]}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// changed lists the towns that two passes saw differently, in order.
func changed(last, now map[tenant.Code]provision.Town) []tenant.Code {
	codes := map[tenant.Code]bool{}
	for code, town := range now {
		if !reflect.DeepEqual(last[code], town) {
			codes[code] = true
		}
	}
	for code := range last {
		if _, found := now[code]; !found {
			codes[code] = true
		}
	}
	return slices.Sorted(maps.Keys(codes))
}
