package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers"
)

// operatorOptions are the flags of daliu operator.
type operatorOptions struct {
	controllers.Options
	namespaces  []string
	leaderElect bool
	metrics     string
	probes      string
	logFormat   string
	logLevel    string
}

func operatorCommand() *cobra.Command {
	var o operatorOptions
	command := &cobra.Command{
		Use:   "operator",
		Short: "Turn Townships into isolated, seeded, serving towns",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cluster, err := config.GetConfig()
			if err != nil {
				return fmt.Errorf("find the cluster: %w", err)
			}
			if _, err := newLogger(o.logFormat, o.logLevel); err != nil {
				return err
			}
			if len(o.namespaces) == 0 {
				return errors.New("--watch-namespace names no district: give the flag once for each")
			}
			o.Now = time.Now
			return runOperator(cmd.Context(), cluster, o)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.Namespace, "namespace", envOr("POD_NAMESPACE", "daliu-system"), "the operator's own namespace: the Secrets of DatabaseServers are there")
	flags.StringSliceVar(&o.namespaces, "watch-namespace", nil, "a district whose Townships are worked on; repeat it for more")
	flags.StringVar(&o.ServingURL, "serving-url", "http://daliu-serve.{namespace}.svc:8080", "where the shared server of a namespace answers")
	flags.DurationVar(&o.DriftInterval, "drift-interval", time.Minute, "how often each database server is looked at")
	flags.DurationVar(&o.VerifyInterval, "verify-interval", time.Hour, "how often each Ready town is looked at whole, logins included")
	flags.IntVar(&o.Workers, "workers", 4, "how many Townships are worked on at once")
	flags.BoolVar(&o.leaderElect, "leader-elect", true, "let one of several operators work, and the others wait")
	flags.StringVar(&o.metrics, "metrics-address", ":8081", "where metrics are served; 0 for nowhere")
	flags.StringVar(&o.probes, "probe-address", ":8082", "where /healthz and /readyz are served; 0 for nowhere")
	flags.StringVar(&o.logFormat, "log-format", "json", "json or console")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return command
}

func envOr(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// runOperator runs the controllers until ctx ends.
func runOperator(ctx context.Context, cluster *rest.Config, o operatorOptions) error {
	mgr, err := newManager(cluster, o)
	if err != nil {
		return fmt.Errorf("make manager: %w", err)
	}
	if err := controllers.SetupWithManager(ctx, mgr, o.Options); err != nil {
		return err
	}
	for _, add := range []func(string, healthz.Checker) error{mgr.AddHealthzCheck, mgr.AddReadyzCheck} {
		if err := add("ping", healthz.Ping); err != nil {
			return fmt.Errorf("add health check: %w", err)
		}
	}
	return mgr.Start(ctx)
}

func newManager(cluster *rest.Config, o operatorOptions) (ctrl.Manager, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	ours, err := labels.NewRequirement(v1alpha1.TownshipLabel, selection.Exists, nil)
	if err != nil {
		return nil, err
	}
	// Of Secrets only the metadata of our own are cached; their content is read
	// one at a time, when it is needed.
	secrets := &metav1.PartialObjectMetadata{}
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return ctrl.NewManager(cluster, ctrl.Options{
		Scheme: scheme,
		Cache: cache.Options{
			DefaultNamespaces: watched(o.namespaces),
			DefaultTransform:  cache.TransformStripManagedFields(),
			ByObject:          map[client.Object]cache.ByObject{secrets: {Label: labels.NewSelector().Add(*ours)}},
		},
		Client:                        client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		Metrics:                       metricsserver.Options{BindAddress: o.metrics},
		HealthProbeBindAddress:        o.probes,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              "operator.governance.daliu.dev",
		LeaderElectionNamespace:       o.Namespace,
		LeaderElectionReleaseOnCancel: true,
	})
}

// watched are the namespaces of a cache; none means all.
func watched(namespaces []string) map[string]cache.Config {
	if len(namespaces) == 0 {
		return nil
	}
	configs := make(map[string]cache.Config, len(namespaces))
	for _, namespace := range namespaces {
		configs[namespace] = cache.Config{}
	}
	return configs
}
