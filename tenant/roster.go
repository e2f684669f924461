package tenant

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A RosterRow is one line of a roster as somebody typed it: one person on one
// post.
type RosterRow struct {
	Line       int // in the sheet, or among the fields of a form
	Person     int // of the town already; 0 to find or to add by name and phone
	Name       string
	Phone      string
	Post       string
	Grid       string
	Households string
	Begins     string
}

// RosterWords say which post and which unit a text means. Spaces and full-width
// signs are taken out before a text is looked up.
type RosterWords struct {
	Posts map[string]PostKind
	Grids map[string]int
}

// A Known is somebody of the town who has the name or the phone of a row.
type Known struct {
	ID       int
	Name     string
	Phone    string // only if a row has it too
	HasPhone bool
}

// A RosterColumn is where in a row something is wrong.
type RosterColumn string

// The columns of a roster.
const (
	NameColumn       RosterColumn = "name"
	PhoneColumn      RosterColumn = "phone"
	PostColumn       RosterColumn = "post"
	GridColumn       RosterColumn = "grid"
	HouseholdsColumn RosterColumn = "households"
	BeginsColumn     RosterColumn = "begins"
)

// A RosterFaultKind says what is wrong with a row.
type RosterFaultKind string

// The faults of a row.
const (
	FaultMissing     RosterFaultKind = "missing"
	FaultName        RosterFaultKind = "name"         // too long, or with digits or signs
	FaultPhone       RosterFaultKind = "phone"        // no phone number
	FaultIDNumber    RosterFaultKind = "id_number"    // looks like an identity number, which nobody may collect here
	FaultPhoneTaken  RosterFaultKind = "phone_taken"  // is somebody else's
	FaultPhoneNeeded RosterFaultKind = "phone_needed" // two people have this name
	FaultPost        RosterFaultKind = "post"         // no such post
	FaultGrid        RosterFaultKind = "grid"         // no such unit
	FaultNotHere     RosterFaultKind = "not_here"     // no seats of this kind on this unit
	FaultNoSeat      RosterFaultKind = "no_seat"      // all seats are taken
	FaultTwice       RosterFaultKind = "twice"        // the same as an earlier row
	FaultHolds       RosterFaultKind = "holds"        // the person holds this post already
	FaultDate        RosterFaultKind = "date"         // no day, or one far from today
	FaultNumber      RosterFaultKind = "number"       // no number of households
	FaultTooMany     RosterFaultKind = "too_many"     // more households than the unit has
	FaultNotYours    RosterFaultKind = "not_yours"    // the actor may not fill this post
)

// A RosterFault is one thing to correct.
type RosterFault struct {
	Line   int
	Column RosterColumn
	Kind   RosterFaultKind
	Typed  string
	Other  int // the earlier row, or the number of seats or households there are
}

// A RosterEntry is one row understood.
type RosterEntry struct {
	Person     int       `json:"person,omitempty"`
	New        string    `json:"new,omitempty"` // the key of a person to add
	Name       string    `json:"name"`
	Phone      string    `json:"phone,omitempty"`
	Kind       PostKind  `json:"kind"`
	GridID     int       `json:"grid"`
	Households int       `json:"households,omitempty"`
	Begins     time.Time `json:"begins"`
}

// Tidy takes out what typing adds: spaces and full-width forms of letters,
// digits and signs.
func (r RosterRow) Tidy() RosterRow {
	r.Name, r.Phone, r.Post, r.Grid = tidy(r.Name), strings.ReplaceAll(tidy(r.Phone), "-", ""), tidy(r.Post), tidy(r.Grid)
	r.Phone = strings.TrimPrefix(r.Phone, "+86")
	r.Households, r.Begins = strings.ReplaceAll(tidy(r.Households), ",", ""), tidy(r.Begins)
	return r
}

func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), r == 0x200b, r == 0xfeff:
			return -1
		case r >= 0xff01 && r <= 0xff5e:
			return r - 0xfee0
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.TrimPrefix(text, "'")
}

// PlanRoster understands rows against the town as it is. It returns either an
// entry for every row, or all that is to be corrected and no entry.
func PlanRoster(rows []RosterRow, roster Roster, known []Known, words RosterWords, actor Actor, today time.Time) ([]RosterEntry, []RosterFault) {
	p := rosterPlan{
		roster: roster, known: known, words: words, actor: actor, today: today,
		units: map[int]GridUnit{}, lines: map[RosterEntry]int{}, taken: map[int]time.Time{},
		phones: map[string]string{}, keys: map[string]map[string]bool{}, counted: map[int]int{},
	}
	for _, u := range roster.Place.Grid.Units {
		p.units[u.ID] = u
	}
	for i := range rows {
		rows[i] = rows[i].Tidy()
		if phone := rows[i].Phone; phone != "" && rows[i].Person == 0 {
			if p.keys[rows[i].Name] == nil {
				p.keys[rows[i].Name] = map[string]bool{}
			}
			p.keys[rows[i].Name][phone] = true
		}
	}
	var entries []RosterEntry
	for _, row := range rows {
		before := len(p.faults)
		entry := p.entry(row)
		if len(p.faults) == before {
			p.place(row, entry)
		}
		entries = append(entries, entry)
	}
	if len(p.faults) > 0 {
		return nil, p.faults
	}
	return entries, nil
}

// A rosterPlan is the town while rows are laid upon it.
type rosterPlan struct {
	roster  Roster
	known   []Known
	words   RosterWords
	actor   Actor
	today   time.Time
	units   map[int]GridUnit
	lines   map[RosterEntry]int // what earlier rows say, without the day
	taken   map[int]time.Time   // seats that earlier rows fill
	phones  map[string]string   // whose a phone is in earlier rows
	keys    map[string]map[string]bool
	counted map[int]int // households that earlier rows count
	faults  []RosterFault
}

func (p *rosterPlan) fault(row RosterRow, column RosterColumn, kind RosterFaultKind, typed string, other int) {
	p.faults = append(p.faults, RosterFault{Line: row.Line, Column: column, Kind: kind, Typed: typed, Other: other})
}

// entry understands the fields of a row, each by itself.
func (p *rosterPlan) entry(row RosterRow) RosterEntry {
	e := RosterEntry{Person: row.Person, Name: row.Name, Phone: row.Phone}
	if row.Person == 0 {
		p.who(row, &e)
	}
	var found bool
	switch e.Kind, found = p.words.Posts[row.Post]; {
	case row.Post == "":
		p.fault(row, PostColumn, FaultMissing, "", 0)
	case !found:
		p.fault(row, PostColumn, FaultPost, row.Post, 0)
	}
	switch e.GridID, found = p.words.Grids[row.Grid]; {
	case row.Grid == "":
		p.fault(row, GridColumn, FaultMissing, "", 0)
	case !found:
		p.fault(row, GridColumn, FaultGrid, row.Grid, 0)
	}
	if e.Begins = p.today; row.Begins != "" {
		day, ok := ParseDay(row.Begins)
		if e.Begins = day; !ok || day.Year() < 1950 || day.After(p.today.AddDate(1, 0, 0)) {
			p.fault(row, BeginsColumn, FaultDate, row.Begins, 0)
		}
	}
	if e.Kind == HouseholdSponsor {
		n, err := strconv.Atoi(row.Households)
		if e.Households = n; err != nil || n < 1 || n > 99999 {
			p.fault(row, HouseholdsColumn, FaultNumber, row.Households, 0)
		}
	}
	return e
}

// legible checks a row's name and phone by themselves and against earlier rows.
func (p *rosterPlan) legible(row RosterRow) bool {
	before := len(p.faults)
	switch other, found := p.phones[row.Phone]; {
	case row.Name == "":
		p.fault(row, NameColumn, FaultMissing, "", 0)
	case !IsName(row.Name):
		p.fault(row, NameColumn, FaultName, row.Name, 0)
	case len(row.Phone) == 15 || len(row.Phone) == 18:
		p.fault(row, PhoneColumn, FaultIDNumber, "", 0)
	case row.Phone != "" && !IsPhone(row.Phone):
		p.fault(row, PhoneColumn, FaultPhone, row.Phone, 0)
	case row.Phone != "" && found && other != row.Name:
		p.fault(row, PhoneColumn, FaultPhoneTaken, row.Phone, 0)
	default:
		p.phones[row.Phone] = row.Name
	}
	return len(p.faults) == before
}

// who finds the person of a row among those of the town and of earlier rows.
func (p *rosterPlan) who(row RosterRow, e *RosterEntry) {
	if !p.legible(row) {
		return
	}
	named, bare := 0, 0
	var only, silent Known
	for _, k := range p.known {
		switch {
		case row.Phone != "" && k.Phone == row.Phone && k.Name == row.Name:
			e.Person = k.ID
			return
		case row.Phone != "" && k.Phone == row.Phone:
			p.fault(row, PhoneColumn, FaultPhoneTaken, row.Phone, 0)
			return
		case k.Name == row.Name:
			named++
			only = k
			if !k.HasPhone {
				bare++
				silent = k
			}
		}
	}
	brought := len(p.keys[row.Name])
	switch {
	case row.Phone == "" && (named > 1 || brought > 1 || named == 1 && brought == 1 && only.HasPhone && !p.keys[row.Name][only.Phone]):
		p.fault(row, PhoneColumn, FaultPhoneNeeded, row.Name, 0)
	case row.Phone == "" && named == 1:
		e.Person = only.ID
	case row.Phone != "" && bare == 1 && brought == 1:
		e.Person = silent.ID
	case row.Phone == "" && brought == 1: // the one of this name whose phone another row gives
		for phone := range p.keys[row.Name] {
			e.New, e.Phone = row.Name+phone, phone
		}
	default:
		e.New = row.Name + row.Phone
	}
}

// place gives a row its seat. What it can't have is a fault.
func (p *rosterPlan) place(row RosterRow, e RosterEntry) {
	if !p.actor.MayAppoint(e.Kind, p.units[e.GridID], e.Person) {
		p.fault(row, PostColumn, FaultNotYours, row.Post, 0)
		return
	}
	same := RosterEntry{Person: e.Person, New: e.New, Kind: e.Kind, GridID: e.GridID}
	if line, found := p.lines[same]; found {
		p.fault(row, NameColumn, FaultTwice, row.Name, line)
		return
	}
	p.lines[same] = row.Line
	if person, err := p.roster.Person(e.Person); err == nil {
		for _, h := range person.Holdings {
			if h.Kind == e.Kind && h.GridID == e.GridID && (h.Ends == nil || h.Ends.After(e.Begins)) {
				p.fault(row, NameColumn, FaultHolds, row.Name, 0)
				return
			}
		}
	}
	switch e.Kind {
	case VillageSponsor, GroupSponsor:
		p.sponsor(row, e)
	case HouseholdSponsor:
		p.households(row, e)
	case TownAdministrator:
		if p.units[e.GridID].Level != 1 {
			p.fault(row, GridColumn, FaultNotHere, row.Grid, 0)
		}
	case PartySecretary, Mayor, CentreDirector, GridLeader, Mediator, InformationOfficer, Volunteer, HouseholdHead, ConsultationMember:
		p.seat(row, e)
	}
}

func (p *rosterPlan) sponsor(row RosterRow, e RosterEntry) {
	if want := map[PostKind]int{VillageSponsor: 2, GroupSponsor: 3}[e.Kind]; p.units[e.GridID].Level != want {
		p.fault(row, GridColumn, FaultNotHere, row.Grid, 0)
		return
	}
	for other := range p.lines {
		if other.Kind == e.Kind && other.GridID == e.GridID && (other.Person != e.Person || other.New != e.New) {
			p.fault(row, PostColumn, FaultNoSeat, row.Post, 1)
			return
		}
	}
	for _, person := range p.roster.People {
		for _, h := range person.Holdings {
			if h.Kind == e.Kind && h.GridID == e.GridID && (h.Ends == nil || h.Ends.After(e.Begins)) {
				p.fault(row, PostColumn, FaultNoSeat, row.Post, 1)
				return
			}
		}
	}
}

func (p *rosterPlan) households(row RosterRow, e RosterEntry) {
	unit := p.units[e.GridID]
	if unit.Level != 3 && unit.Kind != Community {
		p.fault(row, GridColumn, FaultNotHere, row.Grid, 0)
		return
	}
	if unit.Households == nil {
		return
	}
	if p.counted[e.GridID] == 0 {
		for _, person := range p.roster.People {
			for _, h := range person.Holdings {
				if h.Kind == HouseholdSponsor && h.GridID == e.GridID && h.On(p.today) {
					p.counted[e.GridID] += h.Households
				}
			}
		}
	}
	if p.counted[e.GridID] += e.Households; p.counted[e.GridID] > *unit.Households {
		p.fault(row, HouseholdsColumn, FaultTooMany, row.Households, *unit.Households)
	}
}

// seat takes the first seat that is vacant on the day.
func (p *rosterPlan) seat(row RosterRow, e RosterEntry) {
	until := map[int]time.Time{} // far away while the holder's end is open
	for _, person := range p.roster.People {
		for _, h := range person.Holdings {
			end := e.Begins.AddDate(999, 0, 0)
			if h.Ends != nil {
				end = *h.Ends
			}
			if h.PostID != 0 && end.After(until[h.PostID]) {
				until[h.PostID] = end
			}
		}
	}
	seats := 0
	for _, post := range p.roster.Place.Grid.Posts {
		if post.Kind != e.Kind || post.GridID != e.GridID {
			continue
		}
		seats++
		if _, taken := p.taken[post.ID]; !taken && !until[post.ID].After(e.Begins) {
			p.taken[post.ID] = e.Begins
			return
		}
	}
	if seats == 0 {
		p.fault(row, GridColumn, FaultNotHere, row.Grid, 0)
		return
	}
	p.fault(row, PostColumn, FaultNoSeat, row.Post, seats)
}

// MayAppoint says whether the actor may begin or end what a person holds on a
// unit: the centre's director everything, the administrator neither the posts
// that read the whole town nor anything of his own.
func (a Actor) MayAppoint(kind PostKind, unit GridUnit, person int) bool {
	if holds(a.Posts, CentreDirector) {
		return true
	}
	return holds(a.Posts, TownAdministrator) && person != a.PersonID &&
		!holds([]PostKind{kind}, PartySecretary, Mayor, CentreDirector, TownAdministrator) &&
		(kind != GridLeader || unit.Level != 1)
}

// IsName says whether a text can be what somebody is called: letters and the
// dot that stands between the parts of a name.
func IsName(text string) bool {
	for _, r := range text {
		if !unicode.IsLetter(r) && r != 0xb7 && r != 0x2022 && r != 0x30fb {
			return false
		}
	}
	return utf8.RuneCountInString(text) <= 40 && text != ""
}

// IsPhone says whether a text is a phone number: a mobile, or a fixed line with
// or without its area code.
func IsPhone(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	switch {
	case strings.HasPrefix(text, "1"):
		return len(text) == 11
	case strings.HasPrefix(text, "0"):
		return len(text) >= 10 && len(text) <= 12
	}
	return len(text) == 7 || len(text) == 8
}

// ParseDay reads a day: year, month and day with anything between them, or the
// number by which a sheet keeps it.
func ParseDay(text string) (time.Time, bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if n, err := strconv.Atoi(text); err == nil && len(text) == 5 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n), true
	}
	if len(parts) == 1 && len(parts[0]) == 8 {
		parts = []string{parts[0][:4], parts[0][4:6], parts[0][6:]}
	}
	if len(parts) != 3 || len(parts[0]) != 4 {
		return time.Time{}, false
	}
	var n [3]int
	for i, part := range parts {
		var err error
		if n[i], err = strconv.Atoi(part); err != nil {
			return time.Time{}, false
		}
	}
	day := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	return day, day.Year() == n[0] && int(day.Month()) == n[1] && day.Day() == n[2]
}
