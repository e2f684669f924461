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

// A Venue counts the places of one kind: institutions (学校、企事业单位) or shops.
type Venue struct {
	Kind    string `json:"kind"` // institution or shop
	Count   int    `json:"count"`
	AtLeast bool   `json:"atLeast,omitempty"` // the figure is known only from below: "150 余家"
}
