// Package tenant is the language of one town: its grid, people, matters and
// visits, and the rules they follow. It touches no database, no network and no
// clock.
package tenant

import "fmt"

// A Code is the 12-digit division code of a town (行政区划代码), such as
// 620602130000. The codes of its villages and groups begin with it.
type Code string

// ParseCode reads a town's code. It returns [ErrInvalid] unless it has twelve
// ASCII digits of which the last three are zero, the form of a township.
func ParseCode(s string) (Code, error) {
	if len(s) != 12 || s[9:] != "000" {
		return "", fmt.Errorf("division code %q is not nine digits and 000: %w", s, ErrInvalid)
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return "", fmt.Errorf("division code %q is not nine digits and 000: %w", s, ErrInvalid)
		}
	}
	return Code(s), nil
}

// A GridKind is what a unit of the grid is: the town, a village or community
// (second level), or a villagers' group (third level).
type GridKind string

// The kinds of grid units.
const (
	TownGrid  GridKind = "town"
	Village   GridKind = "village"
	Community GridKind = "community"
	Group     GridKind = "group"
)

// A GridUnit is one unit of the three-level grid (网格): numbers and a name,
// never a list of who lives there.
type GridUnit struct {
	ID         int
	Code       string // 12 digits for the town, villages and communities, 15 for groups
	Level      int    // 1 the town, 2 villages and communities, 3 groups
	Kind       GridKind
	ParentID   int // 0 for the town
	Name       string
	Households *int // nil while nobody has counted
	Population *int
}

// A PostKind is what a post is for. A post is a seat: who fills it is a tenure.
type PostKind string

// The kinds of posts.
const (
	PartySecretary     PostKind = "party_secretary"
	Mayor              PostKind = "mayor"
	CentreDirector     PostKind = "centre_director"
	GridLeader         PostKind = "grid_leader"
	Mediator           PostKind = "mediator"
	InformationOfficer PostKind = "information_officer"
	Volunteer          PostKind = "volunteer"
	HouseholdHead      PostKind = "household_head"
	ConsultationMember PostKind = "consultation_member"
)

// A Post is a seat on a unit of the grid. One person may hold several.
type Post struct {
	ID     int
	Kind   PostKind
	GridID int
	Seat   int    // 1, 2, … among the seats of one kind on one unit
	Holder string // who holds it today; empty while it waits to be filled
}

// An Area is a 片区: second-level units that one of the town's two leaders
// answers for.
type Area struct {
	ID     int
	Name   string
	Leader PostKind // PartySecretary or Mayor
	Grids  []int
}

// A Unit is an office that works in the town's centre (综治中心), and how it is
// there: resident, rotating or on_call.
type Unit struct {
	Name       string
	Stationing string
}

// A Body is a committee that stands on one unit of the grid and has seats.
type Body struct {
	GridID int
	Name   string
	Seats  int
}

// A Venue counts the places of one kind: institutions (学校、企事业单位) or shops.
type Venue struct {
	Kind    string `json:"kind"` // institution or shop
	Count   int    `json:"count"`
	AtLeast bool   `json:"atLeast,omitempty"` // the figure is known only from below: "150 余家"
}

// A Place is a town as one actor sees it: all of it, or the part of the grid
// under the actor's posts with what stands on that part.
type Place struct {
	Code        Code
	Name        string
	Description string
	Venues      []Venue
	Grid        Grid
	Areas       []Area
	Units       []Unit
	Committees  []Body // mediation committees; their seats are the mediators
	Bodies      []Body // consultation bodies
}

// Establishment counts what stands on the place. Every number is the length of
// a list that the place holds, so a figure on a page has its rows behind it.
func (p Place) Establishment() Establishment {
	return Establishment{
		Level1:              p.Grid.CountLevel(1),
		Level2:              p.Grid.CountLevel(2),
		Level3:              p.Grid.CountLevel(3),
		Committees:          len(p.Committees),
		Mediators:           p.Grid.CountPosts(Mediator),
		InformationOfficers: p.Grid.CountPosts(InformationOfficer),
		Volunteers:          p.Grid.CountPosts(Volunteer),
		HouseHeads:          p.Grid.CountPosts(HouseholdHead),
		ConsultationBodies:  len(p.Bodies),
		ConsultationMembers: p.Grid.CountPosts(ConsultationMember),
		Areas:               len(p.Areas),
		Units:               len(p.Units),
	}
}

// CommunityHouseholds are the households of the communities. They stand beside
// the villages' and are never added to them: the sources don't say whether the
// town's figure holds them.
func (p Place) CommunityHouseholds() int {
	total := 0
	for _, u := range p.Grid.Units {
		if u.Kind == Community && u.Households != nil {
			total += *u.Households
		}
	}
	return total
}
