package system

import (
	"io/fs"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daliu-governance/daliu/config"
	"github.com/daliu-governance/daliu/config/models"
)

// An Installation is how a district comes into a cluster, and as whom its two
// processes run there.
type Installation struct {
	// Install puts kinds, policies, models and rights into a cluster that has the
	// namespaces [System] and [Namespace].
	Install  func(tb testing.TB, d *District)
	Operator Account
	Serve    Account
}

// An Account is whom the API server takes a process for, and what the process is
// started with.
type Account struct {
	User   string
	Groups []string
	Args   []string
	Env    []string
}

// fromConfig installs the manifests of config, and binds their roles to two
// users.
func fromConfig() Installation {
	return Installation{
		Install:  installConfig,
		Operator: Account{User: "operator", Args: []string{"--namespace", System, "--watch-namespace", Namespace, "--leader-elect=false"}},
		Serve:    Account{User: "serve", Args: []string{"--namespace", Namespace}},
	}
}

func installConfig(tb testing.TB, d *District) {
	tb.Helper()
	for _, folder := range []string{"crd", "policy", "rbac"} {
		files, err := fs.Sub(config.Files, folder)
		if err == nil {
			err = d.Apply(tb.Context(), files)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := d.Apply(tb.Context(), models.Files); err != nil {
		tb.Fatal(err)
	}
	d.create(tb,
		clusterBinding("daliu-operator", "operator"),
		binding(Namespace, "daliu-operator-district", "operator"),
		binding(System, "daliu-operator-home", "operator"),
		binding(Namespace, "daliu-serve", "serve"),
	)
}

func clusterBinding(role, user string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
}

func binding(namespace, role, user string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
}
