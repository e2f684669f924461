package localcluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// A ControlPlane is a running etcd and kube-apiserver.
type ControlPlane struct {
	// Config is for a client that is in the group system:masters.
	Config *rest.Config
	// Kubeconfig is the path of a file that says the same.
	Kubeconfig string
	// Kubectl is the path of a kubectl of the same version.
	Kubectl string

	folder    *folder
	authority *authority
	etcd      *process
	apiserver *process
	stopping  sync.Once
	stopErr   error
}

// StartControlPlane starts etcd and kube-apiserver, and returns when the API
// server says that it is ready. The first start on a machine builds them, see
// [EnsureKube]. The context bounds the start only; [ControlPlane.Stop] ends what
// was started. Options.Postgres is not looked at.
func StartControlPlane(ctx context.Context, o Options) (*ControlPlane, error) {
	progress := oneAtATime(o.Progress)
	found, err := ensurePrograms(ctx, progress)
	if err != nil {
		return nil, err
	}
	work, err := openFolder(ctx, o.Dir, "daliu-control-plane-", nil)
	if err != nil {
		return nil, err
	}
	c := &ControlPlane{Kubectl: found.kubectl, folder: work}
	elapsed := stopwatch()
	if err := c.start(ctx, found); err != nil {
		return nil, errors.Join(fmt.Errorf("start control plane: %w", err), c.Stop())
	}
	say(progress, "kube-apiserver: ready at %s in %s", c.Config.Host, elapsed())
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context, found programs) (err error) {
	if c.etcd, err = c.startEtcd(ctx, found.etcd); err != nil {
		return err
	}
	if err := c.issue(time.Now()); err != nil { //nolint:forbidigo // the certificates begin now
		return err
	}
	// The API server waits for etcd by itself.
	const attempts = 3
	for attempt := 1; ; attempt++ {
		err := c.startAPIServer(ctx, found.apiserver)
		if err == nil {
			break
		}
		// Somebody else may have taken the port in between.
		if attempt == attempts || c.apiserver == nil || !strings.Contains(c.apiserver.logTail(), "address already in use") {
			return err
		}
	}
	c.Kubeconfig, err = c.KubeconfigOf("admin", c.Config)
	return err
}

// startEtcd starts etcd on a socket in the folder, which only this user enters.
// The data need not survive the machine, so it is not flushed to the disk.
func (c *ControlPlane) startEtcd(ctx context.Context, program string) (*process, error) {
	for _, socket := range []string{"etcd.sock", "peer.sock"} {
		if err := os.RemoveAll(c.folder.join(socket)); err != nil {
			return nil, fmt.Errorf("start etcd: %w", err)
		}
	}
	// Relative: the path of a socket may not be longer than 107 bytes.
	return c.folder.start(ctx, "etcd", program,
		"--name=local", "--data-dir=etcd", "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+etcdAddress, "--advertise-client-urls="+etcdAddress,
		"--listen-peer-urls=unix://peer.sock", "--initial-advertise-peer-urls=unix://peer.sock",
		"--initial-cluster=local=unix://peer.sock")
}

const etcdAddress = "unix://etcd.sock"

// issue makes the certificates and keys, anew at each start.
func (c *ControlPlane) issue(now time.Time) error {
	ca, err := newAuthority(now)
	if err != nil {
		return err
	}
	server, err := ca.server()
	if err != nil {
		return err
	}
	// The key that service account tokens are signed with.
	tokens, err := ca.user("service-accounts")
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"ca.crt": ca.pem, "server.crt": server.certificate, "server.key": server.key, "tokens.key": tokens.key,
	} {
		if err := os.WriteFile(c.folder.join(name), text, 0o600); err != nil {
			return fmt.Errorf("write certificates: %w", err)
		}
	}
	c.authority = ca
	return nil
}

func (c *ControlPlane) startAPIServer(ctx context.Context, program string) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	c.apiserver, err = c.folder.start(ctx, "kube-apiserver", program,
		"--etcd-servers="+etcdAddress,
		"--bind-address="+loopback, "--secure-port="+strconv.Itoa(port),
		"--advertise-address="+loopback, "--endpoint-reconciler-type=none",
		"--client-ca-file=ca.crt", "--tls-cert-file=server.crt", "--tls-private-key-file=server.key",
		"--service-account-key-file=tokens.key", "--service-account-signing-key-file=tokens.key",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--authorization-mode=RBAC",
		// Nothing makes the default service account that this plug-in asks for.
		"--disable-admission-plugins=ServiceAccount",
		"--enable-priority-and-fairness=false", "--profiling=false")
	if err != nil {
		return err
	}
	c.Config = &rest.Config{Host: "https://" + net.JoinHostPort(loopback, strconv.Itoa(port))}
	if c.Config, err = c.AddUser("daliu-admin", "system:masters"); err != nil {
		return err
	}
	client, err := rest.HTTPClientFor(c.Config)
	if err != nil {
		return fmt.Errorf("make client of kube-apiserver: %w", err)
	}
	defer client.CloseIdleConnections()
	return poll(ctx, c.apiserver, 50*time.Millisecond, func() bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Config.Host+"/readyz", http.NoBody)
		if err != nil {
			return false
		}
		response, err := client.Do(request)
		if err != nil {
			return false
		}
		return response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
}

// AddUser signs a client certificate, and returns the configuration of a client
// that the API server knows by this name and these groups. It may do only what
// RBAC grants it.
func (c *ControlPlane) AddUser(name string, groups ...string) (*rest.Config, error) {
	pair, err := c.authority.user(name, groups...)
	if err != nil {
		return nil, fmt.Errorf("add user %s: %w", name, err)
	}
	return &rest.Config{
		Host:            c.Config.Host,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority.pem, CertData: pair.certificate, KeyData: pair.key},
		// The client's own brake is meant for clusters that are shared.
		QPS:   1000,
		Burst: 2000,
	}, nil
}

// KubeconfigOf writes a kubeconfig for a client such as [ControlPlane.AddUser]
// returns, for a program that is started beside, and returns its path. The file
// goes with the control plane.
func (c *ControlPlane) KubeconfigOf(user string, client *rest.Config) (string, error) {
	const name = "daliu-local"
	config := clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{name: {Server: client.Host, CertificateAuthorityData: client.CAData}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{user: {ClientCertificateData: client.CertData, ClientKeyData: client.KeyData}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: user}},
		CurrentContext: name,
	}
	file := c.folder.join(user + ".kubeconfig")
	if err := clientcmd.WriteToFile(config, file); err != nil {
		return "", fmt.Errorf("write kubeconfig of %s: %w", user, err)
	}
	return file, nil
}

// Stop ends both programs, and removes their folder unless Options.Dir named it.
// It may be called again.
func (c *ControlPlane) Stop() error {
	c.stopping.Do(func() {
		var killErr, etcdErr error
		if c.apiserver != nil {
			// It would wait for every watch to end by itself; what it has
			// acknowledged is in etcd.
			killErr = c.apiserver.stop(syscall.SIGKILL, time.Second)
		}
		if c.etcd != nil {
			etcdErr = c.etcd.stop(syscall.SIGTERM, 5*time.Second)
		}
		c.stopErr = errors.Join(killErr, etcdErr, c.folder.close())
	})
	return c.stopErr
}
