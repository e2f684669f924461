package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/config"
	"github.com/daliu-governance/daliu/config/models"
	"github.com/daliu-governance/daliu/config/samples"
	"github.com/daliu-governance/daliu/controllers"
	"github.com/daliu-governance/daliu/localcluster"
)

// The names that the demo gives to what is not in the samples.
const (
	demoSystem   = "daliu-system"
	demoDistrict = "liangzhou"
	demoServer   = "local"
	demoSecret   = "local-admin"
)

// demoTowns are applied unless all are asked for: the case study's town, a
// synthetic one on the same model, and one on another.
var demoTowns = []string{"daliu", "huangyang", "wunan"}

// demoOptions are the flags of daliu demo.
type demoOptions struct {
	all     bool
	once    bool
	port    int
	timeout time.Duration
}

func demoCommand() *cobra.Command {
	var o demoOptions
	command := &cobra.Command{
		Use:   "demo",
		Short: "Show a district with its towns on this machine, with nothing but what is here",
		Long: "Starts a real control plane and a private PostgreSQL on loopback, runs the operator and the\n" +
			"server of towns, and applies the sample district. Ctrl-C ends everything and leaves nothing behind.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	flags := command.Flags()
	flags.BoolVar(&o.all, "all", false, "apply all 37 towns of the district instead of three")
	flags.BoolVar(&o.once, "once", false, "end after the table: status 0 if every town is Ready, else 1")
	flags.IntVar(&o.port, "port", 8080, "port of the towns' pages; another one is taken if it is in use")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long the towns are waited for")
	return command
}

// A demo is one run of daliu demo.
type demo struct {
	demoOptions
	say     *teller
	cluster *localcluster.Cluster
	client  client.Client
	logFile string
	logger  *zap.Logger
	pages   net.Listener
}

func runDemo(ctx context.Context, out io.Writer, o demoOptions) (err error) {
	d := &demo{demoOptions: o, say: newTeller(out)}
	if err := localcluster.EnsurePostgres(ctx, out); err != nil {
		return err
	}
	d.say.step("starting etcd, kube-apiserver and PostgreSQL on loopback")
	if d.cluster, err = localcluster.Start(ctx, localcluster.Options{Progress: d.say}); err != nil {
		return err
	}
	defer func() {
		d.say.step("stopping; nothing stays behind")
		err = errors.Join(err, d.cluster.Stop())
	}()
	d.logFile = filepath.Join(filepath.Dir(d.cluster.Kubeconfig), "daliu.log")
	if d.logger, err = newLogger("json", "info", d.logFile); err != nil {
		return err
	}
	if err := d.install(ctx); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	group, running := errgroup.WithContext(running)
	defer func() {
		stop()
		err = errors.Join(err, group.Wait())
	}()
	if err := d.run(running, group); err != nil {
		return err
	}
	// What fails in the background ends the demo, with its own words.
	group.Go(func() error {
		defer stop()
		return d.show(running)
	})
	<-running.Done()
	return nil
}

// install puts kinds, policies, rights, models and the database server into the
// cluster, as a district's IT would with kubectl.
func (d *demo) install(ctx context.Context) error {
	d.say.step("installing kinds, admission policies and models")
	for _, folder := range []string{"crd", "policy", "rbac"} {
		files, err := fs.Sub(config.Files, folder)
		if err != nil {
			return err
		}
		if err := d.cluster.Apply(ctx, files); err != nil {
			return err
		}
	}
	if err := d.cluster.Apply(ctx, models.Files); err != nil {
		return err
	}
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	if d.client, err = client.New(d.cluster.Config, client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("connect to the control plane: %w", err)
	}
	postgres := d.cluster.Postgres
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: demoSystem}},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: demoSystem, Name: demoSecret},
			StringData: map[string]string{"username": postgres.OperatorUser, "password": postgres.OperatorPassword},
		},
		&v1alpha1.DatabaseServer{
			ObjectMeta: metav1.ObjectMeta{Name: demoServer},
			Spec: v1alpha1.DatabaseServerSpec{
				Endpoint:       v1alpha1.Endpoint{Host: postgres.Host, Port: int32(postgres.Port), SSLMode: "Disable"}, //nolint:gosec // a TCP port
				AdminSecretRef: v1alpha1.LocalSecretReference{Name: demoSecret},
			},
		},
	} {
		if err := d.client.Create(ctx, object); err != nil {
			return fmt.Errorf("create %T %s: %w", object, object.GetName(), err)
		}
	}
	return nil
}

// run starts the operator and the server of towns in this process; they log to
// a file.
func (d *demo) run(ctx context.Context, group *errgroup.Group) error {
	var err error
	if d.pages, err = listenNear(ctx, d.port); err != nil {
		return err
	}
	d.say.step("running the operator and the server of towns; they log to %s", d.logFile)
	group.Go(func() error {
		return runOperator(ctx, d.cluster.Config, operatorOptions{
			Options: controllers.Options{
				Namespace: demoSystem, ServingURL: "http://" + d.pages.Addr().String(),
				DriftInterval: 10 * time.Second, VerifyInterval: time.Hour, Workers: 4, Now: time.Now,
			},
			metrics: "0", probes: "0",
		})
	})
	group.Go(func() error {
		return runServe(ctx, d.cluster.Config, d.pages, d.logger, serveOptions{namespace: demoDistrict, insecure: true})
	})
	return nil
}

// listenNear listens on a loopback port, or on any other if it is in use.
func listenNear(ctx context.Context, port int) (net.Listener, error) {
	var on net.ListenConfig
	listener, err := on.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		listener, err = on.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listen for the towns' pages: %w", err)
	}
	return listener, nil
}

// apply applies the sample district: its District under the demo's address, and
// the towns that were asked for.
func (d *demo) apply(ctx context.Context) (int, error) {
	files, err := fs.Sub(samples.Liangzhou, "liangzhou")
	if err != nil {
		return 0, err
	}
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return 0, err
	}
	towns := 0
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return 0, err
		}
		objects, err := localcluster.Decode(text)
		if err != nil {
			return 0, fmt.Errorf("read sample %s: %w", name, err)
		}
		for _, object := range objects {
			isTown := object.GetKind() == "Township"
			if isTown && !d.all && !slices.Contains(demoTowns, object.GetName()) {
				continue
			}
			if err := d.applyOne(ctx, object); err != nil {
				return 0, err
			}
			if isTown {
				towns++
			}
		}
	}
	return towns, nil
}

func (d *demo) applyOne(ctx context.Context, object *unstructured.Unstructured) error {
	if object.GetKind() == "District" {
		address := fmt.Sprintf("http://liangzhou.localhost:%d", d.pages.Addr().(*net.TCPAddr).Port)
		if err := unstructured.SetNestedField(object.Object, address, "spec", "baseURL"); err != nil {
			return err
		}
	}
	err := d.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("daliu-demo"), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// kubectl runs the control plane's own kubectl and passes on what it prints.
func (d *demo) kubectl(ctx context.Context, args ...string) error {
	command := exec.CommandContext(ctx, d.cluster.Kubectl, append([]string{"--kubeconfig", d.cluster.Kubeconfig}, args...)...) //nolint:gosec // our own kubectl
	command.Stdout, command.Stderr = d.say, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("run kubectl %v: %w", args, err)
	}
	return nil
}
