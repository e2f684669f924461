package tenant

import (
	"slices"
	"strings"
	"time"
)

// The posts that the town itself creates when it fills them, and what somebody
// sponsors (包联): a village, a group, or a number of households in a group.
const (
	TownAdministrator PostKind = "town_administrator"
	VillageSponsor    PostKind = "village_sponsor"
	GroupSponsor      PostKind = "group_sponsor"
	HouseholdSponsor  PostKind = "household_sponsor"
)

// PostKinds lists all kinds in the order in which people name them.
func PostKinds() []PostKind {
	return []PostKind{
		PartySecretary, Mayor, CentreDirector, TownAdministrator, VillageSponsor, GroupSponsor, HouseholdSponsor,
		GridLeader, Mediator, InformationOfficer, Volunteer, HouseholdHead, ConsultationMember,
	}
}

// A Person is somebody who holds or held a post. There is no other way to be
// known to a town.
type Person struct {
	ID       int
	Name     string
	Phone    string    // masked
	Holdings []Holding // what is in view, the latest first
	Account  *Account  // nil where there is none, or none in view
}

// An Account is what somebody signs in with.
type Account struct {
	Login      string
	MustChange bool // has a one-time password that nobody has used yet
	Disabled   bool
}

// MayKeepAccount says whether the actor may open, reset or disable somebody's
// account: never the own one, and the administrator none of those whose posts he
// may not fill either.
func (a Actor) MayKeepAccount(p Person, grid Grid, day time.Time) bool {
	if p.ID == a.PersonID || !Can(a.Posts, KeepAccounts) {
		return false
	}
	for _, h := range p.Holdings {
		i := slices.IndexFunc(grid.Units, func(u GridUnit) bool { return u.ID == h.GridID })
		if h.On(day) && i >= 0 && !a.MayAppoint(h.Kind, grid.Units[i], p.ID) {
			return false
		}
	}
	return true
}

// A Holding is one person on one post, or one sponsorship, from a day on.
type Holding struct {
	Source     string // tenure or sponsorship
	ID         int
	Kind       PostKind
	GridID     int
	PostID     int // 0 for a sponsorship
	Households int // of a [HouseholdSponsor]
	Begins     time.Time
	Ends       *time.Time // the first day on which it is not held any more
	Reason     string     // why it ended
}

// On says whether the post is held on that day.
func (h Holding) On(day time.Time) bool {
	return !h.Begins.After(day) && (h.Ends == nil || h.Ends.After(day))
}

// Over says whether it has ended by that day.
func (h Holding) Over(day time.Time) bool { return h.Ends != nil && !h.Ends.After(day) }

// Day is the calendar day of a moment at its own place, as the store keeps days.
func Day(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// A Roster is who stands on the part of the town that an actor sees.
type Roster struct {
	Place  Place
	People []Person
}

// A RosterFilter narrows a roster; its zero value leaves it whole.
type RosterFilter struct {
	Name   string
	GridID int // the unit and what lies below it
	Kind   PostKind
	Former bool // those who hold nothing any more, instead of those who do
}

// Filter returns the people that the filter leaves, as they stand on a day.
func (r Roster) Filter(f RosterFilter, day time.Time) []Person {
	below := r.Place.Grid.Under(f.GridID)
	var left []Person
	for _, p := range r.People {
		if !strings.Contains(p.Name, f.Name) {
			continue
		}
		held := !f.Former && f.GridID == 0 && f.Kind == "" && len(p.Holdings) == 0
		current := false
		for _, h := range p.Holdings {
			current = current || !h.Over(day)
			held = held || h.Over(day) == f.Former && (f.Kind == "" || f.Kind == h.Kind) && (f.GridID == 0 || below[h.GridID])
		}
		if held && current != f.Former {
			left = append(left, p)
		}
	}
	return left
}

// Person finds somebody in view, or returns [ErrNotFound].
func (r Roster) Person(id int) (Person, error) {
	i := slices.IndexFunc(r.People, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return Person{}, ErrNotFound
	}
	return r.People[i], nil
}

// Under are a unit and all that lies below it. It is empty for no unit.
func (g Grid) Under(id int) map[int]bool {
	below := map[int]bool{}
	for _, u := range g.Units { // parents come first
		if u.ID == id || below[u.ParentID] {
			below[u.ID] = true
		}
	}
	return below
}

// Names gives every unit the name that tells it from all others: a group is
// called by its village too.
func (g Grid) Names() map[int]string {
	own, names := make(map[int]string, len(g.Units)), make(map[int]string, len(g.Units))
	for _, u := range g.Units {
		own[u.ID] = u.Name
		names[u.ID] = u.Name
		if u.Level == 3 {
			names[u.ID] = own[u.ParentID] + u.Name
		}
	}
	return names
}
