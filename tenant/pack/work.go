package pack

// A Duty recurs by itself: one slot for each place in its scope and each
// period, done by a record of its subject.
type Duty struct {
	Key        string      `json:"key"`                 // screen_monthly
	Label      string      `json:"label"`               // 每月定期排查
	Scope      Scope       `json:"scope"`               // where a slot is opened: each SecondLevel
	Performers []string    `json:"performers"`          // keys of roles, any of whom may do it
	Record     Subject     `json:"record"`              // what does it
	When       []Condition `json:"when,omitempty"`      // which records of that kind do it; absent: any
	Period     Period      `json:"period"`              // how often
	Month      int         `json:"month,omitempty"`     // of the period, from 1; absent: any
	Day        int         `json:"day,omitempty"`       // of the month; absent: any day of the period
	Roll       Roll        `json:"roll,omitempty"`      // what a fixed day off becomes; absent: it stays
	FocusOnly  bool        `json:"focusOnly,omitempty"` // opened only inside a focus period
	Hours      string      `json:"hours,omitempty"`     // key of the hours in which it counts; absent: any
	Remind     []int       `json:"remind,omitempty"`    // days before the fixed day, or before the end of the period
	RemindOn   Weekday     `json:"remindOn,omitempty"`  // of a weekly duty
	RemindAt   string      `json:"remindAt,omitempty"`  // local time: "16:00"
	Source     Source      `json:"source,omitzero"`
}

// A Scope is what a duty is counted over, or what a role's posts stand on.
type Scope string

// The scopes.
const (
	InTown             Scope = "Town"
	InArea             Scope = "Area"
	InSecondLevel      Scope = "SecondLevel" // each village and community
	InVillage          Scope = "Village"     // villages only
	InGroup            Scope = "Group"
	InUnit             Scope = "Unit"
	InCommittee        Scope = "Committee"
	InConsultationBody Scope = "ConsultationBody"
	InNothing          Scope = "None" // a role without a post: residents, the district
)

// A Period is how often a duty recurs.
type Period string

// The periods.
const (
	Weekly     Period = "Week" // Monday to Sunday
	Monthly    Period = "Month"
	Quarterly  Period = "Quarter"
	HalfYearly Period = "HalfYear"
	Yearly     Period = "Year"
)

// A Roll says what becomes of a fixed day that is off.
type Roll string

// The rolls.
const (
	Next     Roll = "Next"     // the first working day after
	Previous Roll = "Previous" // the last working day before
)

// A Weekday is a day of the week by its English name.
type Weekday string

// The days of the week.
const (
	Monday    Weekday = "Monday"
	Tuesday   Weekday = "Tuesday"
	Wednesday Weekday = "Wednesday"
	Thursday  Weekday = "Thursday"
	Friday    Weekday = "Friday"
	Saturday  Weekday = "Saturday"
	Sunday    Weekday = "Sunday"
)

// A Campaign is publicity that comes round every year.
type Campaign struct {
	Key    string `json:"key"`             // national_security_day
	Label  string `json:"label"`           // 4·15 全民国家安全教育日
	Theme  string `json:"theme"`           // value of the enumeration publicity_theme
	Span   Span   `json:"span"`            // how long it lasts
	Month  int    `json:"month,omitempty"` // 4; absent for Anytime
	Day    int    `json:"day,omitempty"`   // the date, or the first day of a Week
	Source Source `json:"source,omitzero"`
}

// A Span is how long a campaign lasts.
type Span string

// The spans.
const (
	OneDay   Span = "Day"
	OneWeek  Span = "Week"
	OneMonth Span = "Month"
	Anytime  Span = "Anytime" // through the year, on no date
)

// A Checklist is a set of items, each to be shown by evidence.
type Checklist struct {
	Key    string `json:"key"`   // six_haves
	Label  string `json:"label"` // 六有
	Items  []Item `json:"items"`
	Source Source `json:"source,omitzero"`
}

// An Item is one point of a Checklist.
type Item struct {
	Key       string `json:"key"`                 // item_1
	Text      string `json:"text,omitempty"`      // empty: a slot whose words the district enters
	Mandatory bool   `json:"mandatory,omitempty"` // nothing is archived without it
}

// A Paper is a document that a town prints or exports.
type Paper struct {
	Key     string    `json:"key"`     // mediation_agreement
	Title   string    `json:"title"`   // 人民调解协议书
	Subject Subject   `json:"subject"` // the records that fill it
	Kind    PaperKind `json:"kind"`
	Formats []Format  `json:"formats"`
	Source  Source    `json:"source,omitzero"`
}

// A PaperKind is what a paper is for.
type PaperKind string

// The kinds of papers.
const (
	Form    PaperKind = "Form"    // filled in from one record
	Notice  PaperKind = "Notice"  // handed to somebody, or put up
	Dossier PaperKind = "Dossier" // the whole file of one case
	Ledger  PaperKind = "Ledger"  // a table of many records
	Report  PaperKind = "Report"  // numbers of a period
)

// A Format is a file format.
type Format string

// The formats.
const (
	DOCX Format = "DOCX"
	PDF  Format = "PDF"
	XLSX Format = "XLSX"
)

// An Indicator is a number that follows from records; nobody types it in.
type Indicator struct {
	Code     string        `json:"code"`               // D2
	Name     string        `json:"name"`               // 调解成功率
	Unit     string        `json:"unit"`               // %
	Kind     IndicatorKind `json:"kind"`               // how it is put together over towns
	Formula  string        `json:"formula"`            // what people read when they ask how it is counted
	District bool          `json:"district,omitempty"` // the district sees it; as a number only
	Source   Source        `json:"source,omitzero"`
}

// An IndicatorKind says how an indicator is counted and put together.
type IndicatorKind string

// The kinds of indicators.
const (
	Count  IndicatorKind = "Count"  // adds up over towns
	Ratio  IndicatorKind = "Ratio"  // numerators and denominators add up
	Median IndicatorKind = "Median" // does not add up: shown for each town
)

// A Role is what a post, or somebody without a post, may do.
type Role struct {
	Key      string  `json:"key"`      // mediator
	Label    string  `json:"label"`    // 人民调解员
	StandsOn Scope   `json:"standsOn"` // where its posts are
	Grants   []Grant `json:"grants,omitempty"`
	Reveal   Reveal  `json:"reveal,omitempty"` // whose personal fields it may uncover, each time logged; absent: nobody's
}

// A Grant allows some actions on records of one subject within a reach. Factor
// covers screenings too, Visit opinions, Meeting topics, Duty supervision
// orders, and Staff the grid and the committees; the narrower subject can be
// granted alone.
type Grant struct {
	Subject Subject  `json:"subject"`
	Reach   Reach    `json:"reach"`
	Actions []Action `json:"actions"`
	Without []Detail `json:"without,omitempty"` // what stays hidden even then
}

// A Reach is which records a grant covers. Sealed matters are covered by the
// reach Sealed and by no other.
type Reach string

// The reaches, narrow to wide.
const (
	Own       Reach = "Own"     // what the person recorded or handles
	ByCode    Reach = "ByCode"  // what a resident holds the code of
	Body      Reach = "Body"    // the person's committee or consultation body
	OfUnit    Reach = "Unit"    // what the person's unit leads or joins
	Joint     Reach = "Joint"   // disputes that the unit was called to
	Subtree   Reach = "Grid"    // the grid units below the person's posts
	OfArea    Reach = "Area"    // the grids of the leader's area
	WholeTown Reach = "Town"    // the town
	Public    Reach = "Public"  // what was published
	SealedBox Reach = "Sealed"  // sealed matters and nothing else
	Numbers   Reach = "Numbers" // counts and rates, never a record
)

// An Action is what may be done with a record.
type Action string

// The actions.
const (
	Create Action = "Create"
	Read   Action = "Read"
	Update Action = "Update"
	Decide Action = "Decide" // approve, extend, close
	Export Action = "Export"
	Vote   Action = "Vote"
	Rate   Action = "Rate" // say how satisfied one is
)

// A Detail is a part of a record that a grant may leave out.
type Detail string

// The details.
const (
	Parties Detail = "Parties" // who the parties of a dispute are
)

// A Reveal is whose personal fields a role may uncover.
type Reveal string

// The reveals. Every one of them is written to the access log.
const (
	RevealOwn      Reveal = "Own"      // of what the person recorded
	RevealAssigned Reveal = "Assigned" // and of what is assigned to the person
	RevealInHand   Reveal = "InHand"   // of cases that the unit handles now
	RevealReason   Reveal = "Reason"   // of any, for a reason given each time
	RevealSealed   Reveal = "Sealed"   // of sealed matters
)
