package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GovernanceModel is one version of how towns work: the words their people
// choose from, the periods and duties that bind them, the papers they print
// and the numbers they report. It never changes: a new version is a new
// GovernanceModel, and towns are moved to it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=gmodel,categories=governance
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Towns",type=integer,JSONPath=`.status.townships`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.spec.displayName`,priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63",message="metadata.name is what spec.model.name of a Township refers to: use at most 63 characters"
type GovernanceModel struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the model. It is immutable.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a model never changes, because towns work by it: apply a new GovernanceModel under a new name, such as daliu-2021-b, and let new towns refer to that"
	// +required
	Spec GovernanceModelSpec `json:"spec"`
	// status is what the operator last saw.
	// +optional
	Status GovernanceModelStatus `json:"status,omitempty"`
}

// GovernanceModelSpec is the content of a model. Keys are stable and stored
// with records; labels are what people read. What references between the lists
// need is checked by the operator, which says in the condition Ready what is
// wrong.
type GovernanceModelSpec struct {
	// displayName of the model, 1 to 40 characters. Example: 大柳模式（2021）.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	DisplayName string `json:"displayName"`
	// description says where the model comes from, at most 500 characters.
	// Default: none.
	// +kubebuilder:validation:MaxLength=500
	// +optional
	Description string `json:"description,omitempty"`
	// enumerations are the closed lists that people choose from. Default: none.
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=key
	// +optional
	Enumerations []ModelEnumeration `json:"enumerations,omitempty"`
	// loop is the stages of a matter as people are shown them, in order. Every
	// value of the enumeration matter_status belongs to one stage. Default:
	// none, people are shown the status alone.
	// +kubebuilder:validation:MaxItems=20
	// +listType=map
	// +listMapKey=key
	// +optional
	Loop []ModelStage `json:"loop,omitempty"`
	// clocks are the periods that run on a record. Required are those that laws
	// set; the model blank has them.
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=key
	// +optional
	Clocks []ModelClock `json:"clocks,omitempty"`
	// hours are parts of the day, such as that in which a visit is a night
	// visit. Default: none.
	// +kubebuilder:validation:MaxItems=20
	// +listType=map
	// +listMapKey=key
	// +optional
	Hours []ModelHours `json:"hours,omitempty"`
	// limits are numbers that rules compare with. Required are those that laws
	// set; the model blank has them.
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=key
	// +optional
	Limits []ModelLimit `json:"limits,omitempty"`
	// quorums say when a meeting can decide. Required are those that laws set;
	// the model blank has them.
	// +kubebuilder:validation:MaxItems=20
	// +listType=map
	// +listMapKey=key
	// +optional
	Quorums []ModelQuorum `json:"quorums,omitempty"`
	// duties recur by themselves. Required are those that laws set; the model
	// blank has them.
	// +kubebuilder:validation:MaxItems=80
	// +listType=map
	// +listMapKey=key
	// +optional
	Duties []ModelDuty `json:"duties,omitempty"`
	// campaigns are publicity that comes round every year. Default: none.
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=key
	// +optional
	Campaigns []ModelCampaign `json:"campaigns,omitempty"`
	// checklists are sets of items to be shown by evidence. Default: none.
	// +kubebuilder:validation:MaxItems=30
	// +listType=map
	// +listMapKey=key
	// +optional
	Checklists []ModelChecklist `json:"checklists,omitempty"`
	// papers are the documents that a town prints or exports. Default: none.
	// +kubebuilder:validation:MaxItems=150
	// +listType=map
	// +listMapKey=key
	// +optional
	Papers []ModelPaper `json:"papers,omitempty"`
	// indicators are the numbers that follow from a town's records. Default:
	// none.
	// +kubebuilder:validation:MaxItems=150
	// +listType=map
	// +listMapKey=code
	// +optional
	Indicators []ModelIndicator `json:"indicators,omitempty"`
	// roles say what a post, or somebody without one, may do. Required are the
	// nine posts that a Township can ask for; the model blank has them.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=60
	// +listType=map
	// +listMapKey=key
	// +required
	Roles []ModelRole `json:"roles"`
}

// ModelSource says where an entry of a model comes from.
//
// +kubebuilder:validation:XValidation:rule="self.kind != 'Law' || (has(self.document) && has(self.article))",message="a source of kind Law names document and article"
type ModelSource struct {
	// kind of the source: Law (a law or regulation, which a town may not
	// loosen), CaseStudy (the published account of Daliu) or Practice (what
	// other towns have published).
	// +kubebuilder:validation:Enum=Law;CaseStudy;Practice
	// +required
	Kind string `json:"kind"`
	// document by its Chinese title, at most 60 characters. Example: 人民调解法.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=60
	// +optional
	Document string `json:"document,omitempty"`
	// article of the document by its number, at most 30 characters. Example:
	// "33", or "22、23" for two.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=30
	// +optional
	Article string `json:"article,omitempty"`
}

// ModelEnumeration is a closed list that people choose from.
type ModelEnumeration struct {
	// key of the list, stable. Example: dispute_type.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the list, 1 to 40 characters. Example: 纠纷类型.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// values in the order in which people see them.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=key
	// +required
	Values []ModelValue `json:"values"`
	// source of the list. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelValue is one entry of an enumeration.
type ModelValue struct {
	// key of the value, stored with every record. Example: support_of_elders.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the value, 1 to 40 characters. Example: 赡养.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// parent is the value of the same list that this is a kind of; it has no
	// parent itself. Example: family. Default: none.
	// +kubebuilder:validation:MaxLength=40
	// +optional
	Parent string `json:"parent,omitempty"`
	// tags mark the value for rules of the program. Example: [Rated, Satisfied].
	// Default: none.
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:items:Enum=Sealed;Urgent;Outreach;Solved;Agreed;Failed;NoConfirmation;Removed;Rated;Satisfied;Ended
	// +listType=set
	// +optional
	Tags []string `json:"tags,omitempty"`
}

// ModelStage is a step of a matter that people are shown.
type ModelStage struct {
	// key of the stage. Example: accept.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the stage, 1 to 40 characters. Example: 受理.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// states are the values of the enumeration matter_status that belong here.
	// Example: [accepted, not_accepted].
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=30
	// +kubebuilder:validation:items:MaxLength=40
	// +listType=set
	// +required
	States []string `json:"states"`
}

// ModelCondition narrows an entry to records that have one of some values.
type ModelCondition struct {
	// enumeration by its key. Example: matter_kind.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Enumeration string `json:"enumeration"`
	// values of it, by their keys. Example: [enquiry].
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=30
	// +kubebuilder:validation:items:MaxLength=40
	// +listType=set
	// +required
	Values []string `json:"values"`
}

// GovernanceModelStatus is what the operator last saw.
type GovernanceModelStatus struct {
	// observedGeneration is the generation of the spec that the conditions speak
	// of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// townships counts the Townships, of all districts, that refer to this model.
	// +optional
	Townships *int32 `json:"townships,omitempty"`
	// conditions: Ready, and Stalled while the model has faults.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// GovernanceModelList is a list of GovernanceModels.
//
// +kubebuilder:object:root=true
type GovernanceModelList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []GovernanceModel `json:"items"`
}
