package chart_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/daliu-governance/daliu/test/system"
)

// A town becomes Ready with what the chart gives and nothing else: its rights,
// for its service accounts, and its arguments.
func TestTownIsReadyWithTheRightsOfTheChart(t *testing.T) {
	t.Parallel()
	deployments := of[appsv1.Deployment](t, render(t, "testdata/one.yaml"), "Deployment")
	operator := accountOf(deployments["Deployment "+system.System+"/daliu-operator"])
	serve := accountOf(deployments["Deployment "+system.Namespace+"/daliu-serve"])
	d := system.StartInstalled(t, system.Installation{
		Install: func(_ testing.TB, d *system.District) {
			mustHelm(t, "install", release, chart, "--kubeconfig", d.Kubeconfig, "--namespace", system.System, "--values", "testdata/one.yaml")
		},
		Operator: operator, Serve: serve,
	})
	town := system.Daliu(t, "daliu", 1)
	town.Spec.DeletionProtection = new(bool)
	d.Create(t, town)
	d.UntilReady(t, "daliu")

	// What it is refused at the edges shows in its log only. The rights to end a
	// town are used too, and those of an operator that takes over.
	d.KillOperator(t)
	d.StartOperator(t)
	if output, err := d.Kubectl(t, "delete", "twn", "daliu", "--wait=false"); err != nil {
		t.Fatalf("deletion: %v\n%s", err, output)
	}
	d.UntilGone(t, "daliu")
	for line := range strings.Lines(d.Logs()) {
		if strings.Contains(line, "forbidden") {
			t.Errorf("a right is missing: %s", line)
		}
	}
	if output, err := d.Kubectl(t, "get", "events", "-n", system.System); err != nil || !strings.Contains(output, "LeaderElection") {
		t.Errorf("nothing tells who leads: %v\n%s", err, output)
	}
	refusesTheRest(t, d, operator, serve)
	goesWithItsNamespace(t, d)
}

// goesWithItsNamespace deletes a town as a namespace that is deleted does: the
// rights in it are gone before the town is.
func goesWithItsNamespace(t *testing.T, d *system.District) {
	t.Helper()
	town := system.Daliu(t, "wunan", 2)
	town.Spec.DeletionProtection = new(bool)
	d.Create(t, town)
	d.UntilReady(t, "wunan")
	for _, args := range [][]string{{"delete", "rolebinding", "--all"}, {"delete", "twn", "wunan", "--wait=false"}} {
		if output, err := d.Kubectl(t, args...); err != nil {
			t.Fatalf("kubectl %v: %v\n%s", args, err, output)
		}
	}
	d.UntilGone(t, "wunan")
}

// accountOf is whom the API server takes a Deployment's Pods for.
func accountOf(deployment *appsv1.Deployment) system.Account {
	pod := deployment.Spec.Template.Spec
	return system.Account{
		User:   "system:serviceaccount:" + deployment.Namespace + ":" + pod.ServiceAccountName,
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + deployment.Namespace},
		Args:   pod.Containers[0].Args[1:],
		Env:    []string{"POD_NAMESPACE=" + deployment.Namespace},
	}
}

// refusesTheRest asks the API server for what the accounts may do, and what not.
func refusesTheRest(t *testing.T, d *system.District, operator, serve system.Account) {
	t.Helper()
	const elsewhere, everywhere = "default", ""
	for name, tc := range map[string]struct {
		account                   system.Account
		verb, resource, namespace string
		want                      bool
	}{
		"the operator reads Secrets of a district": {operator, "list", "secrets", system.Namespace, true},
		"the operator reads a Secret of its own":   {operator, "get", "secrets", system.System, true},
		"the operator does not list those":         {operator, "list", "secrets", system.System, false},
		"nor write one":                            {operator, "create", "secrets", system.System, false},
		"nor read Secrets of another namespace":    {operator, "get", "secrets", elsewhere, false},
		"nor of all":                               {operator, "list", "secrets", everywhere, false},
		"nor does it delete a town":                {operator, "delete", "townships.governance.daliu.dev", system.Namespace, false},
		"nor start a Pod":                          {operator, "create", "pods", system.Namespace, false},
		"nor change what it may do":                {operator, "update", "clusterroles.rbac.authorization.k8s.io", everywhere, false},
		"a server of towns reads the towns":        {serve, "watch", "townships.governance.daliu.dev", system.Namespace, true},
		"it does not change one":                   {serve, "patch", "townships.governance.daliu.dev", system.Namespace, false},
		"nor a Secret":                             {serve, "update", "secrets", system.Namespace, false},
		"nor read the operator's":                  {serve, "get", "secrets", system.System, false},
		"nor another district's towns":             {serve, "get", "townships.governance.daliu.dev", elsewhere, false},
	} {
		resource := schema.ParseGroupResource(tc.resource)
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: tc.account.User, Groups: slices.Concat(tc.account.Groups, []string{"system:authenticated"}),
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Verb: tc.verb, Group: resource.Group, Resource: resource.Resource, Namespace: tc.namespace,
			},
		}}
		if err := d.Client.Create(t.Context(), review); err != nil {
			t.Fatal(err)
		}
		if review.Status.Allowed != tc.want {
			t.Errorf("%s: may %s %s in %q: %t, want %t", name, tc.verb, tc.resource, tc.namespace, review.Status.Allowed, tc.want)
		}
	}
}
