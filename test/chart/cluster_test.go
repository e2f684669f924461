package chart_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/localcluster"
)

// A cluster is a control plane with nothing in it.
type cluster struct {
	*localcluster.ControlPlane
	client client.Client
}

func startControlPlane(t *testing.T) *cluster {
	t.Helper()
	control, err := localcluster.StartControlPlane(t.Context(), localcluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := control.Stop(); err != nil {
			t.Error(err)
		}
	})
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	writer, err := client.New(control.Config, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict})
	if err != nil {
		t.Fatal(err)
	}
	return &cluster{ControlPlane: control, client: writer}
}

// restrict makes namespaces that admit restricted Pods only.
func (c *cluster) restrict(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}
		if err := c.client.Create(t.Context(), made); err != nil {
			t.Fatal(err)
		}
	}
}

// install installs or upgrades a chart.
func (c *cluster) install(t *testing.T, chart string, args ...string) string {
	t.Helper()
	return mustHelm(t, slices.Concat([]string{
		"upgrade", "--install", release, chart, "--kubeconfig", c.Kubeconfig, "--namespace", namespace, "--values", "testdata/one.yaml",
	}, args)...)
}

// kubectl runs kubectl as an administrator.
func (c *cluster) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), c.Kubectl, append([]string{"--kubeconfig", c.Kubeconfig}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %v: %v\n%s", args, err, output)
	}
	return string(output)
}

// TestServerTakesEverything lets the API server check every field of every
// object that the chart can make, without making them.
func TestServerTakesEverything(t *testing.T) {
	t.Parallel()
	c := startControlPlane(t)
	c.restrict(t, namespace, "liangzhou", "minqin")
	c.install(t, chart, "--set-json", "models=[]") // the kinds
	for _, values := range allValues(t) {
		for key, object := range render(t, values) {
			switch object.GetKind() {
			case "ServiceMonitor", "HTTPRoute":
				continue // kinds that others install
			}
			err := c.client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object),
				client.FieldOwner("test"), client.ForceOwnership, client.DryRunAll)
			if err != nil {
				t.Errorf("%s: %s: %v", values, key, err)
			}
		}
	}
}

// TestPodsAreAdmitted makes of each Deployment the Pod that it would make, where
// the restricted level of Pod Security is enforced.
func TestPodsAreAdmitted(t *testing.T) {
	t.Parallel()
	c := startControlPlane(t)
	c.restrict(t, namespace, "liangzhou", "minqin")
	admit := func(pod *corev1.Pod) error {
		return c.client.Create(t.Context(), pod, client.DryRunAll)
	}
	for _, values := range allValues(t) {
		for key, deployment := range of[appsv1.Deployment](t, render(t, values), "Deployment") {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: deployment.Namespace, Name: "probe", Labels: deployment.Spec.Template.Labels},
				Spec:       deployment.Spec.Template.Spec,
			}
			if err := admit(pod.DeepCopy()); err != nil {
				t.Errorf("%s: the Pod of %s: %v", values, key, err)
			}
			// Else the check above says nothing.
			pod.Spec.SecurityContext = nil
			if err := admit(pod); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "PodSecurity") {
				t.Errorf("%s: the Pod of %s without its security context: %v, want it refused", values, key, err)
			}
		}
	}
}

// TestKustomizeInstalls applies config/default as the guide says, twice.
func TestKustomizeInstalls(t *testing.T) {
	t.Parallel()
	c := startControlPlane(t)
	c.restrict(t, "liangzhou")
	// The first pass makes the kinds that the second one's models are of.
	first, err := exec.CommandContext(t.Context(), c.Kubectl, "--kubeconfig", c.Kubeconfig, "apply", "--server-side", "-k", root+"/config/crd").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, first)
	}
	c.kubectl(t, "wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
	for range 2 {
		output := c.kubectl(t, "apply", "--server-side", "-k", root+"/config/default")
		if strings.Contains(output, "Warning") {
			t.Error(output)
		}
	}
	c.kubectl(t, "get", "gmodel/blank", "gmodel/daliu-2021", "deploy/daliu-operator", "-n", namespace)
	c.kubectl(t, "get", "deploy/daliu-serve", "service/daliu-serve", "-n", "liangzhou")
	// The older way, folder by folder, takes no Kustomization for a manifest.
	c.kubectl(t, "apply", "--server-side", "--dry-run=server", "-f", root+"/config/crd", "-f", root+"/config/policy", "-f", root+"/config/rbac", "-f", root+"/config/models")
}
