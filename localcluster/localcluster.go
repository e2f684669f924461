// Package localcluster runs a Kubernetes control plane and a PostgreSQL server
// on loopback, for the demo and for tests. Both are real: etcd, kube-apiserver
// with RBAC and admission policies, PostgreSQL as a database administrator sets
// it up. There is no node and no controller of Kubernetes' own: nothing runs
// Pods, deletes the content of a namespace or collects what an owner leaves.
//
// Everything lives in one private folder per server, and ends with the process
// that started it, even if that is killed.
package localcluster

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"
)

// Options say where a local cluster lives.
type Options struct {
	// Dir keeps the data. Empty means a new private folder that Stop removes.
	Dir string
	// Progress is told what happens, in lines for a person. Nil is silent.
	Progress io.Writer
	// Postgres is for the PostgreSQL server. Its Dir and Progress follow from the
	// ones above when they are not set.
	Postgres PostgresOptions
}

// A Cluster is a control plane and a PostgreSQL server.
type Cluster struct {
	*ControlPlane
	Postgres *Postgres
}

// Start starts a control plane and a PostgreSQL server side by side, and
// returns when both are ready. The context bounds the start only; [Cluster.Stop]
// ends what was started.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	o.Progress = oneAtATime(o.Progress)
	server := o.Postgres
	if server.Progress == nil {
		server.Progress = o.Progress
	}
	if server.Dir == "" && o.Dir != "" {
		server.Dir = filepath.Join(o.Dir, "postgres")
	}
	if o.Dir != "" {
		o.Dir = filepath.Join(o.Dir, "control-plane")
	}

	// The first to fail calls the other off.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cluster := &Cluster{}
	var controlErr, postgresErr error
	var both sync.WaitGroup
	both.Go(func() {
		if cluster.ControlPlane, controlErr = StartControlPlane(ctx, o); controlErr != nil {
			cancel()
		}
	})
	both.Go(func() {
		if cluster.Postgres, postgresErr = StartPostgres(ctx, server); postgresErr != nil {
			cancel()
		}
	})
	both.Wait()
	if err := firstCause(controlErr, postgresErr); err != nil {
		return nil, errors.Join(err, cluster.Stop())
	}
	return cluster, nil
}

// firstCause leaves out the error of the one that was only called off.
func firstCause(a, b error) error {
	switch {
	case errors.Is(a, context.Canceled) && b != nil:
		return b
	case a != nil:
		return a
	}
	return b
}

// Stop ends both servers, and removes their folders unless Options.Dir named
// one. It may be called again.
func (c *Cluster) Stop() error {
	var controlErr, postgresErr error
	var both sync.WaitGroup
	if c.ControlPlane != nil {
		both.Go(func() { controlErr = c.ControlPlane.Stop() })
	}
	if c.Postgres != nil {
		both.Go(func() { postgresErr = c.Postgres.Stop() })
	}
	both.Wait()
	return errors.Join(controlErr, postgresErr)
}
