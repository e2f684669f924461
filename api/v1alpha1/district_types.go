package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// District holds what all towns of a namespace have in common, and counts them.
// A namespace is a district; its District is named district.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=dist,categories=governance
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Towns",type=integer,JSONPath=`.status.townships`
// +kubebuilder:printcolumn:name="Ready-Towns",type=integer,JSONPath=`.status.readyTownships`
// +kubebuilder:printcolumn:name="BaseURL",type=string,JSONPath=`.spec.baseURL`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.spec.displayName`,priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name == 'district'",message="a namespace has one District and its metadata.name is district"
type District struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec holds the defaults of the district's towns.
	// +required
	Spec DistrictSpec `json:"spec"`
	// status is what the operator last saw.
	// +optional
	Status DistrictStatus `json:"status,omitempty"`
}

// DistrictSpec holds the defaults of the district's towns.
type DistrictSpec struct {
	// displayName of the district, 1 to 20 characters. Example: 凉州区.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[\p{Han}A-Za-z0-9·]+$`
	// +required
	DisplayName string `json:"displayName"`
	// baseURL under which towns are served: a town's host is its Township's name
	// in front of the host of this URL. Example: https://liangzhou.example gives
	// https://daliu.liangzhou.example.
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^https?://[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$`
	// +required
	BaseURL string `json:"baseURL"`
}

// DistrictStatus is what the operator last saw.
type DistrictStatus struct {
	// observedGeneration is the generation of the spec that the conditions speak
	// of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// townships counts the Townships of the namespace.
	// +optional
	Townships int64 `json:"townships"`
	// readyTownships counts those that are Ready.
	// +optional
	ReadyTownships int64 `json:"readyTownships"`
	// conditions: Ready is True while the towns are counted; it does not say
	// that they are all Ready. Serving says whether their server answers.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// DistrictList is a list of Districts.
//
// +kubebuilder:object:root=true
type DistrictList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []District `json:"items"`
}
