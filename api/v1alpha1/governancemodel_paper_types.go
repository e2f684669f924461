package v1alpha1

// ModelSubject is a kind of record.
// +kubebuilder:validation:Enum=Matter;Dispute;Factor;Screening;Visit;Opinion;Relief;Meeting;Topic;Publicity;SupervisionOrder;Assessment;Committee;Duty;Staff;Privacy
type ModelSubject string

// ModelChecklist is a set of items, each to be shown by evidence.
type ModelChecklist struct {
	// key of the checklist. Example: six_haves.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the checklist, 1 to 40 characters. Example: 六有.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// items of the checklist, in order.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=key
	// +required
	Items []ModelItem `json:"items"`
	// source of the checklist. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelItem is one point of a checklist.
type ModelItem struct {
	// key of the item. Example: item_1.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// text of the item, at most 40 characters. Example: 场所设置. Default: empty,
	// a slot whose words the district has not entered.
	// +kubebuilder:validation:MaxLength=40
	// +optional
	Text string `json:"text,omitempty"`
	// mandatory items must be there before a record is archived. Default: false.
	// +optional
	Mandatory bool `json:"mandatory,omitempty"`
}

// ModelPaper is a document that a town prints or exports.
type ModelPaper struct {
	// key of the paper. Example: mediation_agreement.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// title as printed, 1 to 40 characters. Example: 人民调解协议书.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Title string `json:"title"`
	// subject is the kind of record that fills it. Example: Dispute.
	// +required
	Subject ModelSubject `json:"subject"`
	// kind of paper: Form (filled in from one record), Notice (handed to somebody
	// or put up), Dossier (the whole file of a case), Ledger (a table of many
	// records) or Report (numbers of a period).
	// +kubebuilder:validation:Enum=Form;Notice;Dossier;Ledger;Report
	// +required
	Kind string `json:"kind"`
	// formats in which it can be had. Example: [DOCX, PDF].
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=3
	// +kubebuilder:validation:items:Enum=DOCX;PDF;XLSX
	// +listType=set
	// +required
	Formats []string `json:"formats"`
	// source of the paper. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelIndicator is a number that follows from records; nobody types it in.
type ModelIndicator struct {
	// code of the indicator: a letter, one or two digits, perhaps a letter.
	// Example: D6A.
	// +kubebuilder:validation:MaxLength=4
	// +kubebuilder:validation:Pattern=`^[A-Z][0-9]{1,2}[A-Z]?$`
	// +required
	Code string `json:"code"`
	// name of the indicator, 1 to 40 characters. Example: 调解成功率.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Name string `json:"name"`
	// unit, 1 to 10 characters. Example: "%", or 件.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=10
	// +required
	Unit string `json:"unit"`
	// kind says how it is put together over towns: Count adds up, of a Ratio
	// numerators and denominators add up, a Median does not add up.
	// +kubebuilder:validation:Enum=Count;Ratio;Median
	// +required
	Kind string `json:"kind"`
	// formula in words, 1 to 120 characters, shown to whoever asks how it is
	// counted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	// +required
	Formula string `json:"formula"`
	// district says whether the district sees it, as a number. Default: false.
	// +optional
	District bool `json:"district,omitempty"`
	// source of the indicator. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelRole is what a post, or somebody without one, may do.
type ModelRole struct {
	// key of the role; that of a post is the post's kind. Example: mediator.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the role, 1 to 40 characters. Example: 人民调解员.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// standsOn says where its posts are; None is for residents and the district.
	// Example: Committee.
	// +kubebuilder:validation:Enum=Town;Area;SecondLevel;Village;Group;Unit;Committee;ConsultationBody;None
	// +required
	StandsOn string `json:"standsOn"`
	// grants of the role. Default: none.
	// +kubebuilder:validation:MaxItems=30
	// +listType=map
	// +listMapKey=subject
	// +listMapKey=reach
	// +optional
	Grants []ModelGrant `json:"grants,omitempty"`
	// reveal says whose personal fields it may uncover, each time logged: Own
	// (recorded by the person), Assigned (that, and what is assigned), InHand
	// (cases that the unit handles now), Reason (any, for a reason given each
	// time) or Sealed (sealed matters). Default: nobody's.
	// +kubebuilder:validation:Enum=Own;Assigned;InHand;Reason;Sealed
	// +optional
	Reveal string `json:"reveal,omitempty"`
}

// ModelGrant allows some actions on records of one subject within a reach.
type ModelGrant struct {
	// subject of the records. Factor covers screenings too, Visit opinions,
	// Meeting topics, Duty supervision orders, and Staff grid and committees.
	// +required
	Subject ModelSubject `json:"subject"`
	// reach says which records: Own (recorded or handled by the person), ByCode
	// (what a resident holds the code of), Body (of the person's committee or
	// body), Unit (what the unit leads or joins), Joint (disputes that the unit
	// was called to), Grid (below the person's posts), Area (the leader's area),
	// Town, Public (what was published), Sealed (sealed matters and nothing else;
	// no other reach covers them) or Numbers (counts and rates, never a record).
	// +kubebuilder:validation:Enum=Own;ByCode;Body;Unit;Joint;Grid;Area;Town;Public;Sealed;Numbers
	// +required
	Reach string `json:"reach"`
	// actions that are allowed. Example: [Create, Read].
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=7
	// +kubebuilder:validation:items:Enum=Create;Read;Update;Decide;Export;Vote;Rate
	// +listType=set
	// +required
	Actions []string `json:"actions"`
	// without names what stays hidden even then. Example: [Parties]. Default:
	// nothing.
	// +kubebuilder:validation:MaxItems=3
	// +kubebuilder:validation:items:Enum=Parties
	// +listType=set
	// +optional
	Without []string `json:"without,omitempty"`
}
