// Package controllers puts the operator's controllers together.
package controllers

import (
	"context"
	"fmt"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/daliu-governance/daliu/controllers/district"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/model"
	"github.com/daliu-governance/daliu/controllers/server"
	"github.com/daliu-governance/daliu/controllers/serving"
	"github.com/daliu-governance/daliu/controllers/township"
)

// Options are what the operator's command line decides.
type Options struct {
	// Namespace is the operator's own, where the Secrets of servers are.
	Namespace string
	// ServingURL is where the shared server of a namespace answers; {namespace}
	// in it is replaced.
	ServingURL string
	// DriftInterval is how often each database server and each server of towns is
	// looked at.
	DriftInterval time.Duration
	// VerifyInterval is how often each Ready town is looked at whole.
	VerifyInterval time.Duration
	// Now is the clock.
	Now func() time.Time
	// Workers is how many Townships are worked on at once.
	Workers int
}

// driftBuffer is how many drifted Townships wait for a worker before a drift
// pass waits for them.
const driftBuffer = 1024

// SetupWithManager registers every controller.
func SetupWithManager(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := index.Register(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	pool, prober, drifted := server.NewPool(), serving.NewProber(o.ServingURL), make(chan event.GenericEvent, driftBuffer)
	for name, setup := range map[string]func(ctrl.Manager) error{
		"governance model": (&model.Reconciler{Client: mgr.GetClient()}).SetupWithManager,
		"district":         (&district.Reconciler{Client: mgr.GetClient(), Serving: prober, Interval: o.DriftInterval}).SetupWithManager,
		"database server": (&server.Reconciler{
			Client: mgr.GetClient(), Namespace: o.Namespace, Pool: pool, Interval: o.DriftInterval, Drifted: drifted,
		}).SetupWithManager,
		"township": (&township.Reconciler{
			Client: mgr.GetClient(), Events: mgr.GetEventRecorder("daliu"), Pool: pool, Drifted: drifted,
			Serving: prober, Now: o.Now, Verify: o.VerifyInterval, Workers: o.Workers,
		}).SetupWithManager,
	} {
		if err := setup(mgr); err != nil {
			return fmt.Errorf("set up controller of %s: %w", name, err)
		}
	}
	return nil
}
