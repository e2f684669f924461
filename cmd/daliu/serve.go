package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/config"

	"github.com/daliu-governance/daliu/tenant/web"
)

// serveOptions are the flags of daliu serve.
type serveOptions struct {
	namespace string
	address   string
	insecure  bool
	logFormat string
	logLevel  string
}

// Timeouts of the towns' server: no client holds a connection open by being
// slow.
const (
	headerTimeout   = 10 * time.Second
	requestTimeout  = 60 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 10 * time.Second
	maxHeaderBytes  = 16 << 10
)

func serveCommand() *cobra.Command {
	var o serveOptions
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve the towns of a namespace, each under its own host",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cluster, err := config.GetConfig()
			if err != nil {
				return fmt.Errorf("find the cluster: %w", err)
			}
			logger, err := newLogger(o.logFormat, o.logLevel)
			if err != nil {
				return err
			}
			listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", o.address)
			if err != nil {
				return fmt.Errorf("listen on %s: %w", o.address, err)
			}
			return runServe(cmd.Context(), cluster, listener, logger, o)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.namespace, "namespace", envOr("POD_NAMESPACE", "default"), "the district whose towns are served")
	flags.StringVar(&o.address, "address", ":8080", "where to listen")
	flags.BoolVar(&o.insecure, "insecure-cookies", false, "let cookies travel over plain HTTP: for a demo on loopback only")
	flags.StringVar(&o.logFormat, "log-format", "json", "json or console")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return command
}

// runServe serves on a listener until ctx ends, then lets what is under way
// finish.
func runServe(ctx context.Context, cluster *rest.Config, listener net.Listener, logger *zap.Logger, o serveOptions) error {
	towns, err := newDirectory(cluster, o.namespace, logger)
	if err != nil {
		return fmt.Errorf("watch towns of %s: %w", o.namespace, err)
	}
	server := &http.Server{
		Handler: web.NewServer(web.Options{
			Lookup: towns.Lookup, Log: logger, Now: time.Now, Secure: !o.insecure,
		}),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: zap.NewStdLog(logger),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return towns.Run(ctx) })
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		return server.Shutdown(grace)
	})
	return group.Wait()
}
