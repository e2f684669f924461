package tenant

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// A Charter is what the district lays down for one town before anybody works
// in it: its place, its three-level grid, and the posts and bodies on it. It
// holds numbers and the names of places, never the name of a person.
type Charter struct {
	Code        Code   `json:"code"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Households  int    `json:"households"` // of the villages; communities count beside them
	Population  int    `json:"population"`
	// ConsultationMembers are the seats of the town's own consultation body; 0
	// means that the town has none.
	ConsultationMembers int           `json:"consultationMembers,omitempty"`
	Venues              []Venue       `json:"venues,omitempty"`
	Grids               []CharterGrid `json:"grids"` // second level, villages first, in the manifest's order
	Areas               []CharterArea `json:"areas,omitempty"`
	Units               []CharterUnit `json:"units,omitempty"`
}

// A CharterGrid is a village or a community and what stands on it.
type CharterGrid struct {
	Kind       GridKind `json:"kind"` // Village or Community
	Name       string   `json:"name"`
	Groups     int      `json:"groups"` // third-level units below it; a community may have none
	Households *int     `json:"households,omitempty"`
	Population *int     `json:"population,omitempty"`

	Mediators           int `json:"mediators"` // 0 means no mediation committee
	InformationOfficers int `json:"informationOfficers"`
	Volunteers          int `json:"volunteers"`
	HouseholdHeads      int `json:"householdHeads"`
	ConsultationMembers int `json:"consultationMembers"` // 0 means no consultation body
}

// A CharterArea is a 片区: some second-level grids under one leader's post.
type CharterArea struct {
	Name   string   `json:"name"`
	Leader PostKind `json:"leader"` // PartySecretary or Mayor
	Grids  []string `json:"grids"`  // names of second-level grids
}

// A CharterUnit is an office that works in the town's centre.
type CharterUnit struct {
	Name       string `json:"name"`
	Stationing string `json:"stationing"` // resident, rotating or on_call
}

// An Establishment counts what stands in a town, in the order that the case
// study reports it.
type Establishment struct {
	Level1, Level2, Level3                                 int
	Committees                                             int
	Mediators, InformationOfficers, Volunteers, HouseHeads int
	ConsultationBodies, ConsultationMembers                int
	Areas, Units                                           int
}

// Establishment is what the town counts once the charter is seeded.
func (c Charter) Establishment() Establishment {
	e := Establishment{
		Level1: 1, Level2: len(c.Grids), Areas: len(c.Areas), Units: len(c.Units),
		ConsultationMembers: c.ConsultationMembers,
	}
	if c.ConsultationMembers > 0 {
		e.ConsultationBodies++
	}
	for _, g := range c.Grids {
		e.Level3 += g.Groups
		e.Mediators += g.Mediators
		e.InformationOfficers += g.InformationOfficers
		e.Volunteers += g.Volunteers
		e.HouseHeads += g.HouseholdHeads
		e.ConsultationMembers += g.ConsultationMembers
		if g.Mediators > 0 {
			e.Committees++
		}
		if g.ConsultationMembers > 0 {
			e.ConsultationBodies++
		}
	}
	return e
}

// Digest identifies the charter together with the model it is seeded from: two
// charters with one digest seed the same rows.
func (c Charter) Digest(model string) string {
	text, err := json.Marshal(struct {
		Model   string
		Charter Charter
	}{model, c})
	if err != nil {
		panic(fmt.Sprintf("encode charter: %v", err)) // plain strings and numbers always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:16]
}

// Check returns [ErrInvalid], with the place and the remedy in its text, when a
// charter contradicts itself.
func (c Charter) Check() error {
	households, seen := 0, map[string]bool{}
	for _, g := range c.Grids {
		if seen[g.Name] {
			return fmt.Errorf("two villages or communities are called %s: rename one: %w", g.Name, ErrInvalid)
		}
		seen[g.Name] = true
		if g.Kind == Village && g.Households != nil {
			households += *g.Households
		}
	}
	if households > c.Households {
		return fmt.Errorf("the villages' households add up to %d, the town has %d: correct one of them: %w", households, c.Households, ErrInvalid)
	}
	owner := map[string]string{}
	for _, area := range c.Areas {
		for _, name := range area.Grids {
			switch {
			case !seen[name]:
				return fmt.Errorf("area %s names %s, which is no village or community of the town: %w", area.Name, name, ErrInvalid)
			case owner[name] != "":
				return fmt.Errorf("%s is in the areas %s and %s: leave it in one: %w", name, owner[name], area.Name, ErrInvalid)
			}
			owner[name] = area.Name
		}
	}
	return nil
}
