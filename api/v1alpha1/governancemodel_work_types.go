package v1alpha1

// ModelClock is a period that starts with an event of a record. The day of the
// event is not counted.
type ModelClock struct {
	// key of the clock. Example: confirmation_window.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the clock, 1 to 40 characters. Example: 司法确认申请期限.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// subject is the kind of record that it runs on. Example: Dispute.
	// +required
	Subject ModelSubject `json:"subject"`
	// from is the event that starts it. Example: agreement_effective.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	From string `json:"from"`
	// basis says which days count: Working (working days of the official
	// calendar, make-up days included) or Calendar (every day; an end on a day
	// off moves to the first working day after).
	// +kubebuilder:validation:Enum=Working;Calendar
	// +required
	Basis string `json:"basis"`
	// length of the period in units. Example: 30.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	// +required
	Length int32 `json:"length"`
	// unit of length, notBefore and extension: Hour, Day or Month. Only days can
	// be working days. Default: Day.
	// +kubebuilder:validation:Enum=Hour;Day;Month
	// +optional
	Unit string `json:"unit,omitempty"`
	// bound is AtMost for a deadline, AtLeast for a time to wait, such as a
	// public notice. Default: AtMost.
	// +kubebuilder:validation:Enum=AtMost;AtLeast
	// +optional
	Bound string `json:"bound,omitempty"`
	// notBefore is the earliest end, in units: a follow-up 7 to 15 days after
	// has 7 here and length 15. Default: 0, at once.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000
	// +optional
	NotBefore int32 `json:"notBefore,omitempty"`
	// extension may lengthen it once. Default: none.
	// +optional
	Extension *ModelExtension `json:"extension,omitempty"`
	// when narrows it to some records; all conditions must hold. Default: every
	// record of the subject.
	// +kubebuilder:validation:MaxItems=5
	// +listType=map
	// +listMapKey=enumeration
	// +optional
	When []ModelCondition `json:"when,omitempty"`
	// remind counts days before the end. Example: [10, 3]. Default: none.
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:Minimum=1
	// +kubebuilder:validation:items:Maximum=365
	// +listType=set
	// +optional
	Remind []int32 `json:"remind,omitempty"`
	// source of the period. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelExtension lengthens a clock once.
type ModelExtension struct {
	// length to add, in the clock's unit. Example: 30.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	// +required
	Length int32 `json:"length"`
	// approver is the key of the role that decides. Example: party_secretary.
	// Default: nobody has to.
	// +kubebuilder:validation:MaxLength=40
	// +optional
	Approver string `json:"approver,omitempty"`
	// consent of both parties is needed. Default: false.
	// +optional
	Consent bool `json:"consent,omitempty"`
	// notice in writing goes to the requester. Default: false.
	// +optional
	Notice bool `json:"notice,omitempty"`
}

// ModelHours are a part of the day in the town's local time.
type ModelHours struct {
	// key of the hours. Example: night.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the hours, 1 to 40 characters. Example: 夜访时段.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// from this time, hours and minutes. Example: "18:00".
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`
	// +required
	From string `json:"from"`
	// to this time of the same day. Example: "24:00".
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`
	// +required
	To string `json:"to"`
	// source of the hours. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelLimit is a number that a rule compares with.
type ModelLimit struct {
	// key of the limit. Example: representatives_max.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the limit, 1 to 40 characters. Example: 集体诉求代表人数上限.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// value of the limit. Example: 5.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +required
	Value int32 `json:"value"`
	// unit of the value, 1 to 10 characters. Example: 人.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=10
	// +required
	Unit string `json:"unit"`
	// source of the limit. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelQuorum says how many must be present for a meeting to decide, and how
// many of them in favour.
//
// +kubebuilder:validation:XValidation:rule="has(self.orOf) == has(self.orPresent)",message="orOf and orPresent go together: set both, or neither"
type ModelQuorum struct {
	// key of the quorum. Example: villagers_representatives.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the meeting, 1 to 40 characters. Example: 村民代表会议.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// of says who is counted, 1 to 40 characters. Example: 村民代表会议组成人员.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Of string `json:"of"`
	// present is the share that has to be there.
	// +required
	Present ModelShare `json:"present"`
	// inFavour is the share of those present that decides.
	// +required
	InFavour ModelShare `json:"inFavour"`
	// orOf is another way to count, 1 to 40 characters. Example: 本村户的代表.
	// Default: none.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +optional
	OrOf string `json:"orOf,omitempty"`
	// orPresent is the share that has to be there by the other way.
	// +optional
	OrPresent ModelShare `json:"orPresent,omitzero"`
	// source of the quorum. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelShare is a fraction of people.
//
// +kubebuilder:validation:XValidation:rule="self.numerator <= self.denominator",message="a share is at most the whole"
type ModelShare struct {
	// numerator of the fraction. Example: 2.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +required
	Numerator int32 `json:"numerator"`
	// denominator of the fraction. Example: 3.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +required
	Denominator int32 `json:"denominator"`
	// moreThan asks for more than the fraction, not for at least it. Default:
	// false.
	// +optional
	MoreThan bool `json:"moreThan,omitempty"`
}

// ModelDuty recurs by itself: one slot for each place in its scope and each
// period, done by a record.
type ModelDuty struct {
	// key of the duty. Example: screen_monthly.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the duty, 1 to 40 characters. Example: 每月定期排查.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// scope says for each of what a slot is opened. Example: SecondLevel, each
	// village and community.
	// +kubebuilder:validation:Enum=Town;Area;SecondLevel;Village;Group;Unit;Committee;ConsultationBody
	// +required
	Scope string `json:"scope"`
	// performers are the keys of the roles any of which may do it. Example:
	// [grid_leader].
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=40
	// +listType=set
	// +required
	Performers []string `json:"performers"`
	// record is the kind of record that does it. Example: Screening.
	// +required
	Record ModelSubject `json:"record"`
	// when narrows which records do it; all conditions must hold. Default: any of
	// that kind.
	// +kubebuilder:validation:MaxItems=5
	// +listType=map
	// +listMapKey=enumeration
	// +optional
	When []ModelCondition `json:"when,omitempty"`
	// period of the duty: Week (Monday to Sunday), Month, Quarter, HalfYear or
	// Year.
	// +kubebuilder:validation:Enum=Week;Month;Quarter;HalfYear;Year
	// +required
	Period string `json:"period"`
	// month of the period, from 1. Example: 3, the last month of a Quarter.
	// Default: any.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=12
	// +optional
	Month int32 `json:"month,omitempty"`
	// day of the month, 1 to 28. Example: 25. Default: any day of the period.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=28
	// +optional
	Day int32 `json:"day,omitempty"`
	// roll moves a fixed day that is off to the Next or the Previous working
	// day. Default: it stays.
	// +kubebuilder:validation:Enum=Next;Previous
	// +optional
	Roll string `json:"roll,omitempty"`
	// focusOnly opens slots only inside a focus period. Default: false.
	// +optional
	FocusOnly bool `json:"focusOnly,omitempty"`
	// hours is the key of the hours in which it counts. Example: night. Default:
	// any time.
	// +kubebuilder:validation:MaxLength=40
	// +optional
	Hours string `json:"hours,omitempty"`
	// remind counts days before the fixed day, or before the end of the period.
	// Example: [2]. Default: none.
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:Minimum=1
	// +kubebuilder:validation:items:Maximum=365
	// +listType=set
	// +optional
	Remind []int32 `json:"remind,omitempty"`
	// remindOn is the day of the week of a weekly duty's reminder. Example:
	// Friday. Default: none.
	// +kubebuilder:validation:Enum=Monday;Tuesday;Wednesday;Thursday;Friday;Saturday;Sunday
	// +optional
	RemindOn string `json:"remindOn,omitempty"`
	// remindAt is its local time. Example: "16:00". Default: none.
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]$`
	// +optional
	RemindAt string `json:"remindAt,omitempty"`
	// source of the duty. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}

// ModelCampaign is publicity that comes round every year.
type ModelCampaign struct {
	// key of the campaign. Example: national_security_day.
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	// +required
	Key string `json:"key"`
	// label of the campaign, 1 to 40 characters. Example: 4·15 全民国家安全教育日.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Label string `json:"label"`
	// theme is a value of the enumeration publicity_theme. Example:
	// national_security.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Theme string `json:"theme"`
	// span says how long it lasts: Day, Week, Month, or Anytime for one without a
	// date.
	// +kubebuilder:validation:Enum=Day;Week;Month;Anytime
	// +required
	Span string `json:"span"`
	// month of the year. Example: 4. Default: none, with Anytime.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=12
	// +optional
	Month int32 `json:"month,omitempty"`
	// day of the month: the date, or the first day of a week. Example: 15.
	// Default: none, with Month and Anytime.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=31
	// +optional
	Day int32 `json:"day,omitempty"`
	// source of the campaign. Default: this project's own choice.
	// +optional
	Source ModelSource `json:"source,omitzero"`
}
