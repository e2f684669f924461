package chart_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/daliu-governance/daliu/test/system"
)

// Invariant 6 begins with the rights: no Secret is in reach but those of a
// district, and the logins of the servers in the operator's own namespace.
func TestInvariant6SecretsAreReachedOnlyInDistricts(t *testing.T) {
	t.Parallel()
	for _, values := range allValues(t) {
		all := render(t, values)
		roles := of[rbacv1.ClusterRole](t, all, "ClusterRole")
		for key, binding := range of[rbacv1.ClusterRoleBinding](t, all, "ClusterRoleBinding") {
			role := roles["ClusterRole /"+binding.RoleRef.Name]
			if role == nil {
				t.Fatalf("%s: %s binds a role that the chart does not have", values, key)
			}
			for _, rule := range role.Rules {
				if !slices.Equal(rule.APIGroups, []string{"governance.daliu.dev"}) {
					t.Errorf("%s: %s grants %v of %v in every namespace", values, key, rule.Verbs, rule.Resources)
				}
			}
		}
		for key, role := range roles {
			if role.AggregationRule != nil {
				t.Errorf("%s: %s takes in other roles", values, key)
			}
			for _, rule := range role.Rules {
				for _, word := range slices.Concat(rule.APIGroups, rule.Resources, rule.Verbs) {
					if slices.Contains([]string{"*", "escalate", "bind", "impersonate"}, word) {
						t.Errorf("%s: %s says %q", values, key, word)
					}
				}
			}
		}
		if found := of[rbacv1.Role](t, all, "Role"); len(found) > 0 {
			t.Errorf("%s: roles that config/rbac does not have: %v", values, found)
		}
	}
}

// The rights are where the district is, for the accounts of the Pods.
func TestRightsAreBoundWhereTheyBelong(t *testing.T) {
	t.Parallel()
	var got []string
	for key, binding := range of[rbacv1.RoleBinding](t, render(t, "testdata/everything.yaml"), "RoleBinding") {
		for _, subject := range binding.Subjects {
			got = append(got, key+" "+binding.RoleRef.Name+" to "+subject.Kind+" "+subject.Namespace+"/"+subject.Name)
		}
	}
	slices.Sort(got)
	want := []string{
		"RoleBinding daliu-system/daliu-operator-home daliu-operator-home to ServiceAccount daliu-system/daliu-operator",
		"RoleBinding liangzhou/daliu-operator-district daliu-operator-district to ServiceAccount daliu-system/daliu-operator",
		"RoleBinding liangzhou/daliu-serve daliu-serve to ServiceAccount liangzhou/daliu-serve",
		"RoleBinding minqin/daliu-operator-district daliu-operator-district to ServiceAccount daliu-system/daliu-operator",
		"RoleBinding minqin/daliu-serve daliu-serve to ServiceAccount minqin/daliu-serve",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What Pod Security does not ask for, but we do. What it asks for, the API
// server is asked in TestPodsAreAdmitted.
func TestPodsAreBounded(t *testing.T) {
	t.Parallel()
	for _, values := range allValues(t) {
		for key, deployment := range of[appsv1.Deployment](t, render(t, values), "Deployment") {
			pod := deployment.Spec.Template.Spec
			if len(pod.Containers) != 1 || len(pod.InitContainers) > 0 {
				t.Fatalf("%s: %s has not one container", values, key)
			}
			for _, complaint := range complaints(pod.Containers[0]) {
				t.Errorf("%s: %s %s", values, key, complaint)
			}
		}
	}
}

func complaints(c corev1.Container) []string {
	var all []string
	if s := c.SecurityContext; s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
		all = append(all, "may write to its image")
	}
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if c.Resources.Requests.Name(name, "").IsZero() || c.Resources.Limits.Name(name, "").IsZero() {
			all = append(all, "requests or limits no "+string(name))
		}
	}
	if !slices.ContainsFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == "GOMEMLIMIT" && strings.HasSuffix(v.Value, "MiB") }) {
		all = append(all, "does not know its memory limit")
	}
	if c.ReadinessProbe == nil || c.LivenessProbe == nil {
		all = append(all, "is not probed")
	}
	if strings.HasSuffix(c.Image, ":latest") || !strings.ContainsAny(c.Image[strings.LastIndex(c.Image, "/"):], ":@") {
		all = append(all, "runs "+c.Image+", which may be anything")
	}
	return all
}

// The limit that Go is told is nine tenths of the Pod's.
func TestMemoryLimitFollowsTheValues(t *testing.T) {
	t.Parallel()
	deployments := of[appsv1.Deployment](t, render(t, "testdata/everything.yaml"), "Deployment")
	for key, want := range map[string]string{"Deployment daliu-system/daliu-operator": "921MiB", "Deployment liangzhou/daliu-serve": "460MiB"} {
		env := deployments[key].Spec.Template.Spec.Containers[0].Env
		if !slices.Contains(env, corev1.EnvVar{Name: "GOMEMLIMIT", Value: want}) {
			t.Errorf("%s has %v, want GOMEMLIMIT=%s", key, env, want)
		}
	}
}

// A misspelt flag would be found only when the Pod does not start.
func TestArgumentsAreFlags(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]bool{}
	for _, name := range []string{"operator", "serve"} {
		known[name] = flagsOf(t, name)
	}
	for _, values := range allValues(t) {
		for key, deployment := range of[appsv1.Deployment](t, render(t, values), "Deployment") {
			args := deployment.Spec.Template.Spec.Containers[0].Args
			for _, arg := range args[1:] {
				name, _, _ := strings.Cut(arg, "=")
				if !known[args[0]][name] {
					t.Errorf("%s: %s: daliu %s has no flag %s", values, key, args[0], name)
				}
			}
		}
	}
}

func flagsOf(t *testing.T, command string) map[string]bool {
	t.Helper()
	help, err := exec.CommandContext(t.Context(), system.Binary(t), command, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^\s+(?:-\w, )?(--[a-z-]+)`).FindAllStringSubmatch(string(help), -1) {
		flags[found[1]] = true
	}
	if len(flags) < 5 {
		t.Fatalf("daliu %s --help tells of %v", command, flags)
	}
	return flags
}

// The labels that Kubernetes recommends, on everything; and what a workload is
// selected by is on its Pods.
func TestEverythingIsLabelled(t *testing.T) {
	t.Parallel()
	for _, values := range allValues(t) {
		all := render(t, values)
		for key, object := range all {
			for _, label := range []string{"name", "instance", "version", "part-of", "managed-by"} {
				if object.GetLabels()["app.kubernetes.io/"+label] == "" {
					t.Errorf("%s: %s has no label %s", values, key, label)
				}
			}
		}
		for key, deployment := range of[appsv1.Deployment](t, all, "Deployment") {
			for label, value := range deployment.Spec.Selector.MatchLabels {
				if deployment.Spec.Template.Labels[label] != value {
					t.Errorf("%s: %s selects Pods that it does not make", values, key)
				}
			}
		}
	}
}

// Nothing of ours is reached, or reaches out, but as the policies say: each
// workload is under one that governs both ways.
func TestNetworkIsDeniedByDefault(t *testing.T) {
	t.Parallel()
	all := render(t, "testdata/everything.yaml")
	policies := of[networkingv1.NetworkPolicy](t, all, "NetworkPolicy")
	for key, deployment := range of[appsv1.Deployment](t, all, "Deployment") {
		policy := policies[strings.Replace(key, "Deployment", "NetworkPolicy", 1)]
		if policy == nil {
			t.Errorf("%s is under no policy", key)
			continue
		}
		if diff := cmp.Diff(deployment.Spec.Selector.MatchLabels, policy.Spec.PodSelector.MatchLabels); diff != "" {
			t.Errorf("%s: the policy is for other Pods: %s", key, diff)
		}
		if diff := cmp.Diff([]networkingv1.PolicyType{"Ingress", "Egress"}, policy.Spec.PolicyTypes); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
		for _, rule := range policy.Spec.Egress {
			if len(rule.Ports) == 0 {
				t.Errorf("%s may reach every port of %v", key, rule.To)
			}
			if *rule.Ports[0].Protocol == "TCP" && len(rule.To) == 0 {
				t.Errorf("%s may reach port %v anywhere, though the values name places", key, rule.Ports[0].Port)
			}
		}
		for _, rule := range policy.Spec.Ingress {
			if len(rule.From) == 0 {
				t.Errorf("anybody may reach %s, though the values name who may", key)
			}
		}
	}
}

// What towns and their records hang on stays when the release goes.
func TestKindsPoliciesAndModelsAreKept(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--api-versions", "governance.daliu.dev/v1alpha1/GovernanceModel"}} {
		kept := 0
		for key, object := range render(t, "testdata/everything.yaml", args...) {
			switch object.GetKind() {
			case "CustomResourceDefinition", "GovernanceModel", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "Namespace":
				kept++
				if object.GetAnnotations()["helm.sh/resource-policy"] != "keep" {
					t.Errorf("%s goes with the release", key)
				}
			}
			hook := object.GetAnnotations()["helm.sh/hook"] != ""
			if want := object.GetKind() == "GovernanceModel" && args == nil; hook != want {
				t.Errorf("%s is a hook: %t, want %t, as its kind is known: %t", key, hook, want, args != nil)
			}
		}
		if kept < 8 {
			t.Errorf("%d objects are kept, expected more", kept)
		}
	}
}
