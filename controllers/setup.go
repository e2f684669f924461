// Package controllers puts the operator's controllers together.
package controllers

import (
	"context"
	"fmt"
	"net/http"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/daliu-governance/daliu/controllers/district"
	"github.com/daliu-governance/daliu/controllers/index"
	"github.com/daliu-governance/daliu/controllers/model"
	"github.com/daliu-governance/daliu/controllers/server"
	"github.com/daliu-governance/daliu/controllers/township"
)

// Options are what the operator's command line decides.
type Options struct {
	// Namespace is the operator's own, where the Secrets of servers are.
	Namespace string
	// ServingURL is where the shared server of a namespace answers; {namespace}
	// in it is replaced.
	ServingURL string
	// DriftInterval is how often each server is looked at.
	DriftInterval time.Duration
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
	pool, drifted := server.NewPool(), make(chan event.GenericEvent, driftBuffer)
	for name, setup := range map[string]func(ctrl.Manager) error{
		"governance model": (&model.Reconciler{Client: mgr.GetClient()}).SetupWithManager,
		"district":         (&district.Reconciler{Client: mgr.GetClient()}).SetupWithManager,
		"database server": (&server.Reconciler{
			Client: mgr.GetClient(), Namespace: o.Namespace, Pool: pool, Interval: o.DriftInterval, Drifted: drifted,
		}).SetupWithManager,
		"township": (&township.Reconciler{
			Client: mgr.GetClient(), Events: mgr.GetEventRecorder("daliu"), Pool: pool, Drifted: drifted,
			ServingURL: o.ServingURL, HTTP: probeClient(), Now: time.Now, Workers: o.Workers,
		}).SetupWithManager,
	} {
		if err := setup(mgr); err != nil {
			return fmt.Errorf("set up controller of %s: %w", name, err)
		}
	}
	return nil
}

// probeClient makes one connection for each probe: an idle one would be kept
// for every town, and hold up the server that is asked to stop.
func probeClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}
