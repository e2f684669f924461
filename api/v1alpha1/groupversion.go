// Package v1alpha1 holds the kinds that a district applies: towns, the model
// they follow, the servers they live on, and the district itself.
//
// +kubebuilder:object:generate=true
// +groupName=governance.daliu.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind of this package.
var GroupVersion = schema.GroupVersion{Group: "governance.daliu.dev", Version: "v1alpha1"}

// AddToScheme makes a client's scheme know every kind of this package.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&Township{}, &TownshipList{},
		&GovernanceModel{}, &GovernanceModelList{},
		&DatabaseServer{}, &DatabaseServerList{},
		&District{}, &DistrictList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}

// Names that objects of this API carry.
const (
	// TownshipFinalizer keeps a Township until its database is released or
	// dropped as its reclaim policy says.
	TownshipFinalizer = "governance.daliu.dev/township"
	// ConfirmDeleteAnnotation is the second key of a deletion that drops data:
	// its value is the Township's own name.
	ConfirmDeleteAnnotation = "governance.daliu.dev/confirm-delete"
	// SyntheticAnnotation marks a town whose figures are made up for a sample.
	SyntheticAnnotation = "governance.daliu.dev/synthetic"
	// RotatedAtAnnotation is on the Secret of an instance's login: when that login
	// came into use, as RFC 3339.
	RotatedAtAnnotation = "governance.daliu.dev/rotated-at"
	// TownshipLabel names the Township that a Secret belongs to.
	TownshipLabel = "governance.daliu.dev/township"
	// DistrictName is the only name that a District may have.
	DistrictName = "district"
)
