package pack

// A Model is one version of how the towns of a district work: the words they
// choose from, the periods they keep, the duties that recur, the papers they
// print and the numbers they report. It never changes; a new version is a new
// model under a new name.
//
// Keys are stable and stored with every record; labels are what people read
// and may differ between models.
type Model struct {
	DisplayName  string        `json:"displayName"`           // 大柳模式(2021)
	Description  string        `json:"description,omitempty"` // where the model comes from
	Enumerations []Enumeration `json:"enumerations,omitempty"`
	Loop         []Stage       `json:"loop,omitempty"` // the stages of a matter as shown to people, in order
	Clocks       []Clock       `json:"clocks,omitempty"`
	Hours        []Hours       `json:"hours,omitempty"`
	Limits       []Limit       `json:"limits,omitempty"`
	Quorums      []Quorum      `json:"quorums,omitempty"`
	Duties       []Duty        `json:"duties,omitempty"`
	Campaigns    []Campaign    `json:"campaigns,omitempty"`
	Checklists   []Checklist   `json:"checklists,omitempty"`
	Papers       []Paper       `json:"papers,omitempty"`
	Indicators   []Indicator   `json:"indicators,omitempty"`
	Roles        []Role        `json:"roles"`
}

// A Source says where a statement comes from. An entry without one is this
// project's own default, to be changed freely in a model of one's own.
type Source struct {
	Kind     SourceKind `json:"kind"`
	Document string     `json:"document,omitempty"` // 人民调解法; always there for Law
	Article  string     `json:"article,omitempty"`  // "33" or "22、23"; always there for Law
}

// A SourceKind is how binding a source is.
type SourceKind string

// The kinds of sources.
const (
	Law       SourceKind = "Law"       // a law or regulation: a town may not loosen it
	CaseStudy SourceKind = "CaseStudy" // the published account of Daliu, 2021
	Practice  SourceKind = "Practice"  // what other towns have published
)

// An Enumeration is a closed list that people choose from.
type Enumeration struct {
	Key    string  `json:"key"`   // dispute_type
	Label  string  `json:"label"` // 纠纷类型
	Values []Value `json:"values"`
	Source Source  `json:"source,omitzero"`
}

// A Value is one entry of an Enumeration.
type Value struct {
	Key    string `json:"key"`              // support_of_elders
	Label  string `json:"label"`            // 赡养
	Parent string `json:"parent,omitempty"` // the value of the same list that this is a kind of
	Tags   []Tag  `json:"tags,omitempty"`
}

// A Tag marks a value for a rule of the program: rules know tags, never keys
// that a model may leave out.
type Tag string

// The tags of values.
const (
	Sealed         Tag = "Sealed"         // a matter that only the sealed desk sees
	Urgent         Tag = "Urgent"         // what the urgent clocks apply to
	Outreach       Tag = "Outreach"       // heard because the town went out and asked
	Solved         Tag = "Solved"         // a closing that counts as solved
	Agreed         Tag = "Agreed"         // a dispute that ended in agreement
	Failed         Tag = "Failed"         // a dispute that ended without one
	NoConfirmation Tag = "NoConfirmation" // the law bars it from judicial confirmation
	Removed        Tag = "Removed"        // a risk factor that is off the list
	Rated          Tag = "Rated"          // an answer that counts in a satisfaction rate
	Satisfied      Tag = "Satisfied"      // a rated answer that counts as satisfied
	Ended          Tag = "Ended"          // a state after which nothing more is due
)

// A Stage is a step of a matter that its people are shown. Several states of
// the program may belong to one stage.
type Stage struct {
	Key    string   `json:"key"`    // accept
	Label  string   `json:"label"`  // 受理
	States []string `json:"states"` // values of the enumeration matter_status
}

// A Subject is a kind of record.
type Subject string

// The kinds of records that a model speaks of.
const (
	Matter           Subject = "Matter"
	Dispute          Subject = "Dispute"
	Factor           Subject = "Factor"
	Screening        Subject = "Screening"
	Visit            Subject = "Visit"
	Opinion          Subject = "Opinion"
	Relief           Subject = "Relief"
	Meeting          Subject = "Meeting"
	Topic            Subject = "Topic"
	Publicity        Subject = "Publicity"
	SupervisionOrder Subject = "SupervisionOrder"
	Assessment       Subject = "Assessment"
	Committee        Subject = "Committee"
	Duties           Subject = "Duty"
	Staff            Subject = "Staff"
	Privacy          Subject = "Privacy"
)

// A Condition narrows an entry to records with one of some values.
type Condition struct {
	Enumeration string   `json:"enumeration"` // matter_kind
	Values      []string `json:"values"`      // enquiry
}

// A Clock is a period that starts with an event of a record.
type Clock struct {
	Key       string      `json:"key"`                 // confirmation_window
	Label     string      `json:"label"`               // 司法确认申请期限
	Subject   Subject     `json:"subject"`             // the record that it runs on
	From      string      `json:"from"`                // the event that starts it: agreement_effective
	Basis     Basis       `json:"basis"`               // which days count
	Length    int         `json:"length"`              // 30
	Unit      Unit        `json:"unit,omitempty"`      // of Length, NotBefore and Extension; absent: Day
	Bound     Bound       `json:"bound,omitempty"`     // absent: AtMost
	NotBefore int         `json:"notBefore,omitempty"` // a follow-up 7 to 15 days after: 7
	Extension *Extension  `json:"extension,omitempty"` // absent: none
	When      []Condition `json:"when,omitempty"`      // all must hold; absent: always
	Remind    []int       `json:"remind,omitempty"`    // days before the end: 10 and 3
	Source    Source      `json:"source,omitzero"`
}

// A Basis says which days of the calendar a clock counts.
type Basis string

// The bases of clocks.
const (
	Working  Basis = "Working"  // working days of the official calendar, make-up days included
	Calendar Basis = "Calendar" // every day; an end on a day off moves to the first working day after
)

// A Unit is what a clock's length is counted in.
type Unit string

// The units of clocks.
const (
	Hour  Unit = "Hour"
	Day   Unit = "Day"
	Month Unit = "Month"
)

// A Bound says whether a clock is the longest or the shortest time allowed.
type Bound string

// The bounds of clocks.
const (
	AtMost  Bound = "AtMost"  // a deadline
	AtLeast Bound = "AtLeast" // a time to wait, such as a public notice
)

// An Extension lengthens a clock once.
type Extension struct {
	Length   int    `json:"length"`             // 30
	Approver string `json:"approver,omitempty"` // key of the role that decides; absent: nobody has to
	Consent  bool   `json:"consent,omitempty"`  // both parties must agree
	Notice   bool   `json:"notice,omitempty"`   // the requester is told in writing
}

// Hours are a part of the day, in the town's local time.
type Hours struct {
	Key    string `json:"key"`   // night
	Label  string `json:"label"` // 夜访时段
	From   string `json:"from"`  // "18:00"
	To     string `json:"to"`    // "24:00"
	Source Source `json:"source,omitzero"`
}

// A Limit is a number that a rule of the program compares with.
type Limit struct {
	Key    string `json:"key"`   // representatives_max
	Label  string `json:"label"` // 集体诉求代表人数上限
	Value  int    `json:"value"` // 5
	Unit   string `json:"unit"`  // 人
	Source Source `json:"source,omitzero"`
}

// A Quorum says how many must be present for a meeting to decide.
type Quorum struct {
	Key       string `json:"key"`                // villagers_representatives
	Label     string `json:"label"`              // 村民代表会议
	Of        string `json:"of"`                 // who is counted: 组成人员
	Present   Share  `json:"present"`            // at least, or more than, this share present
	InFavour  Share  `json:"inFavour"`           // and this share of those present in favour
	OrOf      string `json:"orOf,omitempty"`     // another way to count: 户代表
	OrPresent Share  `json:"orPresent,omitzero"` // and its share
	Source    Source `json:"source,omitzero"`
}

// A Share is a fraction. MoreThan asks for more than it, not for at least it.
type Share struct {
	Numerator   int  `json:"numerator"`
	Denominator int  `json:"denominator"`
	MoreThan    bool `json:"moreThan,omitempty"`
}
