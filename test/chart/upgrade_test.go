package chart_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/config/samples"
)

// Invariant 12: upgrading is ordinary. A cluster that the previous chart
// installed, with a town in it, is upgraded; then the release goes, and comes
// back. Nothing that a town hangs on is made anew or lost on the way.
func TestInvariant12UpgradeKeepsTowns(t *testing.T) {
	t.Parallel()
	c := startControlPlane(t)
	c.restrict(t, namespace, "liangzhou")
	c.install(t, previousChart(t))
	if err := c.Apply(t.Context(), sampleFolder(t)); err != nil {
		t.Fatal(err)
	}
	before := c.kept(t)
	if len(before) < 11 {
		t.Fatalf("%d objects are to be kept, expected more: %v", len(before), before)
	}

	t.Log(c.install(t, chart))
	c.same(t, "after the upgrade", before)
	if output := c.kubectl(t, "get", "deploy/daliu-operator", "-n", namespace, "-o", "jsonpath={.spec.template.spec.containers[0].args}"); !strings.Contains(output, "--watch-namespace=liangzhou") {
		t.Errorf("arguments of the operator = %s", output)
	}
	c.install(t, chart, "--set", "models={blank}")
	c.same(t, "with a model left out", before)

	mustHelm(t, "uninstall", release, "--kubeconfig", c.Kubeconfig, "--namespace", namespace)
	c.same(t, "after the release went", before)
	if left := c.kubectl(t, "get", "deploy,service,serviceaccount,rolebinding,networkpolicy,pdb", "-A", "-l", "app.kubernetes.io/name=daliu", "-o", "name"); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
	if answer, err := exec.CommandContext(t.Context(), c.Kubectl, "--kubeconfig", c.Kubeconfig, "delete", "twn", "daliu", "-n", "liangzhou", "--wait=false").CombinedOutput(); err == nil {
		t.Errorf("without a release a town is deleted with one word: %s", answer)
	}

	c.install(t, chart)
	c.same(t, "after it came back", before)
}

// Two releases would be two operators: Helm is made to refuse the second.
func TestSecondReleaseIsRefused(t *testing.T) {
	t.Parallel()
	c := startControlPlane(t)
	c.restrict(t, namespace, "second", "liangzhou", "minqin")
	c.install(t, chart)
	out, err := helm(t, "install", "other", chart, "--kubeconfig", c.Kubeconfig, "--namespace", "second", "--set", "districts[0].namespace=minqin")
	if err == nil || !strings.Contains(err.Error(), "invalid ownership metadata") {
		t.Errorf("second release: %v\n%s", err, out)
	}
}

// kept are the UIDs of everything that a town hangs on, the town included.
func (c *cluster) kept(t *testing.T) map[string]string {
	t.Helper()
	uids := map[string]string{}
	for _, kind := range []schema.GroupVersionKind{
		{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
		{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingAdmissionPolicy"},
		{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingAdmissionPolicyBinding"},
		{Group: "governance.daliu.dev", Version: "v1alpha1", Kind: "GovernanceModel"},
		{Group: "governance.daliu.dev", Version: "v1alpha1", Kind: "District"},
		{Group: "governance.daliu.dev", Version: "v1alpha1", Kind: "Township"},
	} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		if err := c.client.List(t.Context(), list, &client.ListOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, object := range list.Items {
			uids[keyOf(&object)] = string(object.GetUID())
			if object.GetDeletionTimestamp() != nil {
				t.Errorf("%s is being deleted", keyOf(&object))
			}
		}
	}
	return uids
}

func (c *cluster) same(t *testing.T, when string, before map[string]string) {
	t.Helper()
	if diff := cmp.Diff(before, c.kept(t)); diff != "" {
		t.Errorf("%s: %s", when, diff)
	}
}

// sampleFolder is the sample district with one town.
func sampleFolder(t *testing.T) fs.FS {
	t.Helper()
	folder := fstest.MapFS{}
	for _, name := range []string{"00-district.yaml", "daliu.yaml"} {
		text, err := fs.ReadFile(samples.Liangzhou, "liangzhou/"+name)
		if err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: text}
	}
	return folder
}

// previousChart is the chart as it was before its last change: in the history if
// it is there, else as it is now.
func previousChart(t *testing.T) string {
	t.Helper()
	git := func(args ...string) (string, bool) {
		output, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(output)), err == nil
	}
	commits, isHistory := git("log", "-2", "--format=%H", "--", "charts/daliu")
	changes := strings.Fields(commits)
	if !isHistory || len(changes) == 0 {
		t.Log("no history: the chart is upgraded to itself")
		return chart
	}
	previous := changes[len(changes)-1]
	if uncommitted, _ := git("status", "--porcelain", "--", "charts/daliu"); uncommitted != "" {
		previous = changes[0]
	}
	folder := t.TempDir()
	archive := filepath.Join(folder, "chart.tar")
	if _, archived := git("archive", "--format=tar", "--output="+archive, previous, "charts/daliu"); !archived {
		t.Fatalf("archive the chart of commit %s", previous)
	}
	if output, err := exec.CommandContext(t.Context(), "tar", "-xf", archive, "-C", folder).CombinedOutput(); err != nil {
		t.Fatalf("extract the chart of commit %s: %v\n%s", previous, err, output)
	}
	extracted := filepath.Join(folder, "charts", "daliu")
	if _, err := os.Stat(filepath.Join(extracted, "Chart.yaml")); err != nil {
		t.Fatal(err)
	}
	t.Logf("upgrading from the chart of commit %s", previous)
	return extracted
}
