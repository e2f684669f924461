// Command prepare makes this machine ready to run local clusters: it installs
// PostgreSQL where it may, and builds the control plane, once.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/daliu-governance/daliu/localcluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := errors.Join(
		localcluster.EnsurePostgres(ctx, os.Stderr),
		localcluster.EnsureKube(ctx, os.Stderr),
	)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
