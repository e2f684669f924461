// Package system runs a whole district for tests: a real control plane, a
// real PostgreSQL, and the operator and the server of towns as processes of
// their own, with the rights that config/rbac gives them and no more.
package system

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/localcluster"
)

// The names of what every test district has.
const (
	Namespace = "liangzhou"
	System    = "daliu-system"
	Server    = "local"
)

// driftInterval is short, so that a test need not wait a minute.
const driftInterval = "1s"

// A District is one running district.
type District struct {
	*localcluster.Cluster
	Client client.Client // an administrator's
	Host   string        // towns are at <name>.<Host>
	// Pages is the address at which the towns' server listens.
	Pages string

	installed Installation
	binary    string
	operator  *process
	serve     *process
}

// Start starts a district that has models and a database server and no towns,
// from the manifests of config. A missing PostgreSQL or control plane fails the
// test.
func Start(tb testing.TB) *District {
	tb.Helper()
	return StartInstalled(tb, fromConfig())
}

// StartInstalled is [Start] for a district that is installed in another way.
func StartInstalled(tb testing.TB, installed Installation) *District {
	tb.Helper()
	d := &District{installed: installed, binary: Binary(tb), Host: "liangzhou.localhost"}
	var err error
	if d.Cluster, err = localcluster.Start(tb.Context(), localcluster.Options{}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Stop(); err != nil {
			tb.Error(err)
		}
	})
	d.connect(tb)
	d.create(tb,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: System}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}})
	installed.Install(tb, d)
	d.Pages = freeAddress(tb)
	d.createDistrict(tb)
	d.StartServe(tb)
	d.StartOperator(tb)
	return d
}

func (d *District) connect(tb testing.TB) {
	tb.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			tb.Fatal(err)
		}
	}
	var err error
	if d.Client, err = client.New(d.Config, client.Options{Scheme: scheme}); err != nil {
		tb.Fatal(err)
	}
}

func (d *District) createDistrict(tb testing.TB) {
	tb.Helper()
	_, port, err := net.SplitHostPort(d.Pages)
	if err != nil {
		tb.Fatal(err)
	}
	d.create(tb,
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: System, Name: "local-admin"},
			StringData: map[string]string{"username": d.Postgres.OperatorUser, "password": d.Postgres.OperatorPassword},
		},
		&v1alpha1.DatabaseServer{
			ObjectMeta: metav1.ObjectMeta{Name: Server},
			Spec: v1alpha1.DatabaseServerSpec{
				Endpoint:       v1alpha1.Endpoint{Host: d.Postgres.Host, Port: int32(d.Postgres.Port), SSLMode: "Disable"},
				AdminSecretRef: v1alpha1.LocalSecretReference{Name: "local-admin"},
			},
		},
		&v1alpha1.District{
			ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: v1alpha1.DistrictName},
			Spec:       v1alpha1.DistrictSpec{DisplayName: "凉州区", BaseURL: "http://" + d.Host + ":" + port},
		},
	)
}

func (d *District) create(tb testing.TB, objects ...client.Object) {
	tb.Helper()
	for _, object := range objects {
		if err := d.Client.Create(tb.Context(), object); err != nil {
			tb.Fatalf("create %T %s: %v", object, object.GetName(), err)
		}
	}
}

// StartOperator starts an operator beside nothing else: the last one was killed
// or has ended.
func (d *District) StartOperator(tb testing.TB) {
	tb.Helper()
	d.operator = d.start(tb, "operator", d.installed.Operator,
		"--serving-url", "http://"+d.Pages, "--drift-interval", driftInterval, "--metrics-address", "0", "--probe-address", "0")
}

// StartServe starts the server of towns.
func (d *District) StartServe(tb testing.TB) {
	tb.Helper()
	d.serve = d.start(tb, "serve", d.installed.Serve, "--address", d.Pages, "--insecure-cookies")
}

// KillOperator ends the operator as a crash does.
func (d *District) KillOperator(tb testing.TB) {
	tb.Helper()
	d.operator.kill(tb)
}

// KillServe ends the server of towns as a crash does.
func (d *District) KillServe(tb testing.TB) {
	tb.Helper()
	d.serve.kill(tb)
}

// Logs is what the operator and the server of towns have logged so far.
func (d *District) Logs() string { return d.operator.log.String() + d.serve.log.String() }

// Kubectl runs the control plane's kubectl as an administrator and returns what
// it printed, to standard error too.
func (d *District) Kubectl(tb testing.TB, args ...string) (string, error) {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), d.ControlPlane.Kubectl, append([]string{"--kubeconfig", d.Kubeconfig, "-n", Namespace}, args...)...)
	output, err := command.CombinedOutput()
	return string(output), err
}

// A process is one run of the binary.
type process struct {
	command *exec.Cmd
	log     *buffer
}

// start runs a command of the binary with an account's arguments, and after them
// those that this machine asks for: the last one holds.
func (d *District) start(tb testing.TB, name string, as Account, args ...string) *process {
	tb.Helper()
	access, err := d.AddUser(as.User, as.Groups...)
	if err != nil {
		tb.Fatal(err)
	}
	kubeconfig, err := d.KubeconfigOf(name, access)
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{command: exec.CommandContext(context.WithoutCancel(tb.Context()), d.binary, slices.Concat([]string{name}, as.Args, args)...), log: &buffer{}}
	p.command.Env = append(append(os.Environ(), as.Env...), "KUBECONFIG="+kubeconfig)
	p.command.Stdout, p.command.Stderr = p.log, p.log
	// It goes with the test binary, however that ends.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		p.kill(tb)
		if tb.Failed() {
			tb.Logf("log of daliu %s:\n%s", name, p.log.tail(200))
		}
	})
	return p
}

func (p *process) kill(tb testing.TB) {
	tb.Helper()
	if p.command.ProcessState != nil {
		return
	}
	if err := p.command.Process.Kill(); err != nil {
		tb.Logf("kill: %v", err)
	}
	_ = p.command.Wait() // it was killed: that is its error
}

// A buffer gathers what a process logs.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *buffer) tail(lines int) string {
	all := bytes.Split([]byte(b.String()), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

var build struct {
	once sync.Once
	path string
	err  error
}

// Binary builds cmd/daliu, once for a test binary, and returns its path.
func Binary(tb testing.TB) string {
	tb.Helper()
	build.once.Do(func() {
		folder, err := os.MkdirTemp("", "daliu-test-") //nolint:usetesting // it outlives the test that builds it
		if err != nil {
			build.err = err
			return
		}
		build.path = filepath.Join(folder, "daliu")
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		output, err := exec.CommandContext(ctx, "go", "build", "-o", build.path, "github.com/daliu-governance/daliu/cmd/daliu").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("build daliu: %w\n%s", err, output)
		}
	})
	if build.err != nil {
		tb.Fatal(build.err)
	}
	return build.path
}

// Clean removes what the test binary built; TestMain calls it last.
func Clean() {
	if build.path != "" {
		_ = os.RemoveAll(filepath.Dir(build.path)) // a temporary folder of ours
	}
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
