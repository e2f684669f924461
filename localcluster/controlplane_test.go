package localcluster

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func clientOf(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func kubectl(t *testing.T, c *ControlPlane, stdin string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), c.Kubectl, append([]string{"--kubeconfig", c.Kubeconfig}, args...)...)
	command.Stdin = strings.NewReader(stdin)
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestControlPlaneKnowsWhoAsks(t *testing.T) {
	cluster := sharedCluster(t)
	admin := clientOf(t, cluster.Config)
	config, err := cluster.AddUser("somebody", "watchers")
	if err != nil {
		t.Fatal(err)
	}
	somebody := clientOf(t, config)

	var maps corev1.ConfigMapList
	if err := somebody.List(t.Context(), &maps); !apierrors.IsForbidden(err) {
		t.Errorf("a user without a role lists config maps: %v", err)
	}
	for _, object := range []client.Object{
		&rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: "watchers"},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"list"}}},
		},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "watchers"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "watchers"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: "watchers"}},
		},
	} {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = admin.Delete(t.Context(), object) }()
	}
	eventually(t, "the role of the user's group counts", func() bool {
		return somebody.List(t.Context(), &maps) == nil
	})
	var secrets corev1.SecretList
	if err := somebody.List(t.Context(), &secrets); !apierrors.IsForbidden(err) {
		t.Errorf("the role for config maps lists secrets: %v", err)
	}
}

func TestClientVerifiesTheServer(t *testing.T) {
	cluster := sharedCluster(t)
	if cluster.Config.Insecure || len(cluster.Config.CAData) == 0 {
		t.Fatal("the client does not check whom it talks to")
	}
	other, err := newAuthority(cluster.authority.now)
	if err != nil {
		t.Fatal(err)
	}
	config := rest.CopyConfig(cluster.Config)
	config.CAData = other.pem
	var unknown x509.UnknownAuthorityError
	if err := clientOf(t, config).List(t.Context(), &corev1.NamespaceList{}); !errors.As(err, &unknown) {
		t.Errorf("a client that trusts another authority gets %v", err)
	}
}

// The kinds of this project rely on all of this: CEL in the schema and in
// policies, and fields to select by.
const ruled = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: towns.test.daliu.dev}
spec:
  group: test.daliu.dev
  scope: Namespaced
  names: {kind: Town, plural: towns, singular: town}
  versions:
  - name: v1
    served: true
    storage: true
    selectableFields: [{jsonPath: .spec.code}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {code: {type: string, maxLength: 12}}
            x-kubernetes-validations: [{rule: "self.code.size() == 12", message: a code has 12 digits}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: protected}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [DELETE], resources: [configmaps]}
  validations: [{expression: "!('protected' in oldObject.metadata.?labels.orValue({}))", message: it is protected}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: protected}
spec: {policyName: protected, validationActions: [Deny]}
`

const towns = `
{apiVersion: test.daliu.dev/v1, kind: Town, metadata: {name: a, namespace: default}, spec: {code: "620000000001"}}
---
{apiVersion: test.daliu.dev/v1, kind: Town, metadata: {name: b, namespace: default}, spec: {code: "620000000002"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: kept, namespace: default, labels: {protected: ""}}}
`

func TestControlPlaneHasWhatTheKindsNeed(t *testing.T) {
	cluster := sharedCluster(t)
	if output, err := kubectl(t, cluster.ControlPlane, ruled, "apply", "-f", "-"); err != nil {
		t.Fatal(output)
	}
	if output, err := kubectl(t, cluster.ControlPlane, "", "wait", "--for=condition=Established", "crd/towns.test.daliu.dev"); err != nil {
		t.Fatal(output)
	}
	if output, err := kubectl(t, cluster.ControlPlane, towns, "apply", "-f", "-"); err != nil {
		t.Fatal(output)
	}

	selected, err := kubectl(t, cluster.ControlPlane, "", "get", "towns", "--field-selector=spec.code=620000000002", "-o", "name")
	if err != nil || selected != "town.test.daliu.dev/b\n" {
		t.Errorf("select by code: %q, %v", selected, err)
	}
	short := strings.Replace(towns, "620000000001", "62", 1)
	if output, err := kubectl(t, cluster.ControlPlane, short, "apply", "-f", "-"); err == nil || !strings.Contains(output, "a code has 12 digits") {
		t.Errorf("a rule of the schema does not hold: %s", output)
	}
	// A policy counts a moment after it was made.
	eventually(t, "the policy refuses", func() bool {
		output, err := kubectl(t, cluster.ControlPlane, "", "delete", "configmap", "kept", "--dry-run=server")
		return err != nil && strings.Contains(output, "it is protected")
	})
}

func TestKubeconfigIsPrivate(t *testing.T) {
	cluster := sharedCluster(t)
	info, err := os.Stat(cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the kubeconfig has mode %o", info.Mode().Perm())
	}
	version, err := kubectl(t, cluster.ControlPlane, "", "version")
	if err != nil || strings.Count(version, kubeVersion) != 2 {
		t.Errorf("kubectl and the server are not both %s:\n%s", kubeVersion, version)
	}
}

func TestControlPlaneKeepsWhatItHasInAGivenFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := StartControlPlane(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Stop() }()
	kept := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept", Namespace: "default"}}
	if err := clientOf(t, first.Config).Create(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}

	var progress bytes.Buffer
	second, err := StartControlPlane(t.Context(), Options{Dir: dir, Progress: &progress})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = second.Stop() }()
	if err := clientOf(t, second.Config).Get(t.Context(), client.ObjectKeyFromObject(kept), kept); err != nil {
		t.Errorf("look for what the first one had: %v", err)
	}
	if !strings.Contains(progress.String(), "kube-apiserver: ready at "+second.Config.Host) {
		t.Errorf("progress does not say where it is ready:\n%s", progress.String())
	}
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir + "/etcd"); err != nil {
		t.Errorf("the folder that was given is gone: %v", err)
	}
}
