// Command daliu is the operator, the server of towns, and the demo, in one
// binary.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/zapr"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/daliu-governance/daliu/api/v1alpha1"
)

// version is set by the build of an image or release.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "daliu",
		Version:       version,
		Short:         "Grassroots governance for every town of a district",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(operatorCommand(), serveCommand(), demoCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "daliu:", err)
		os.Exit(1)
	}
}

// newScheme knows the kinds of Kubernetes and our own.
func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return scheme, v1alpha1.AddToScheme(scheme)
}

// newLogger makes the one logger of the process, and gives it to the libraries
// that log by themselves. It writes to standard error, or to the files named.
func newLogger(format, level string, files ...string) (*zap.Logger, error) {
	parsed, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	config := zap.NewProductionConfig()
	if format == "console" {
		config = zap.NewDevelopmentConfig()
	}
	config.DisableStacktrace = true // an error says what was done to what; the stack says it again
	if len(files) > 0 {
		config.OutputPaths, config.ErrorOutputPaths = files, files
	}
	config.Level = zap.NewAtomicLevelAt(parsed)
	logger, err := config.Build()
	if err != nil {
		return nil, fmt.Errorf("make logger: %w", err)
	}
	ctrl.SetLogger(zapr.NewLogger(logger))
	klog.SetLogger(zapr.NewLogger(logger))
	return logger, nil
}
