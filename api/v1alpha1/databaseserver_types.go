package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// DatabaseServer is a PostgreSQL server on which towns are placed. The operator
// works there as a role that is not a superuser, after an administrator ran
// config/postgres/bootstrap.sql once.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=dbs,categories=governance
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Hardened",type=string,JSONPath=`.status.conditions[?(@.type=="Hardened")].status`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.version`
// +kubebuilder:printcolumn:name="Towns",type=integer,JSONPath=`.status.townships`
// +kubebuilder:printcolumn:name="Capacity",type=integer,JSONPath=`.spec.capacity.maxTownships`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Endpoint",type=string,JSONPath=`.spec.endpoint.host`,priority=1
type DatabaseServer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says where the server is and how many towns it takes.
	// +required
	Spec DatabaseServerSpec `json:"spec"`
	// status is what the operator last saw.
	// +optional
	Status DatabaseServerStatus `json:"status,omitempty"`
}

// DatabaseServerSpec says where the server is and how many towns it takes.
type DatabaseServerSpec struct {
	// endpoint at which operator and towns reach the server.
	// +required
	Endpoint Endpoint `json:"endpoint"`
	// adminSecretRef names a Secret in the operator's own namespace with the keys
	// username and password of the operator's role on the server.
	// +required
	AdminSecretRef LocalSecretReference `json:"adminSecretRef"`
	// capacity bounds what is placed here.
	// +kubebuilder:default={}
	// +optional
	Capacity Capacity `json:"capacity,omitzero"`
	// unschedulable keeps new towns away; placed ones stay. Default: false.
	// +optional
	Unschedulable bool `json:"unschedulable,omitempty"`
}

// Endpoint is the address of a PostgreSQL server.
type Endpoint struct {
	// host name or address. Example: postgres-1.databases.svc.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9.:_-]+$`
	// +required
	Host string `json:"host"`
	// port, a TCP port. Default: 5432.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +kubebuilder:default=5432
	// +optional
	Port int32 `json:"port,omitempty"`
	// sslMode as PostgreSQL's clients know it. VerifyFull checks the server's
	// certificate against its host name. Default: VerifyFull.
	// +kubebuilder:validation:Enum=Disable;Require;VerifyCA;VerifyFull
	// +kubebuilder:default=VerifyFull
	// +optional
	SSLMode string `json:"sslMode,omitempty"`
}

// LocalSecretReference names a Secret in the operator's own namespace.
type LocalSecretReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`
}

// Capacity bounds what is placed on a server.
type Capacity struct {
	// maxTownships is how many towns are placed here at most. A town is about
	// 700 files on disk; 1000 to 2000 were measured to work. Default: 1000.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2000
	// +kubebuilder:default=1000
	// +optional
	MaxTownships *int32 `json:"maxTownships,omitempty"`
}

// DatabaseServerStatus is what the operator last saw.
type DatabaseServerStatus struct {
	// observedGeneration is the generation of the spec that the conditions speak
	// of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// version of PostgreSQL. Example: 15.18.
	// +optional
	Version string `json:"version,omitempty"`
	// systemIdentifier of the PostgreSQL cluster, learned once. If another one
	// answers, no SQL is run and the server is Stalled.
	// +optional
	SystemIdentifier string `json:"systemIdentifier,omitempty"`
	// townships counts the databases that carry a Township's mark.
	// +optional
	Townships int64 `json:"townships"`
	// released counts the databases that a deleted Township left behind.
	// +optional
	Released int64 `json:"released"`
	// conditions: Ready, Reachable, Hardened and Tuned.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// DatabaseServerList is a list of DatabaseServers.
//
// +kubebuilder:object:root=true
type DatabaseServerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []DatabaseServer `json:"items"`
}
