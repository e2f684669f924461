package tenant

import "time"

// A Coverage says how far the town is looked after (包联): areas by their
// leaders, villages and groups by a sponsor each, households by numbers.
type Coverage struct {
	Areas, Villages, Groups []Charge
	Households              []HouseholdCharge
	CommunityHouseholds     []HouseholdCharge
}

// A Charge is one place and who answers for it; nobody is a gap.
type Charge struct {
	GridID  int
	AreaID  int // instead of GridID for an area
	Name    string
	Leader  PostKind // of an area
	Person  int      // 0 while nobody answers
	Holder  string
	Holding int // of the sponsorship
}

// A HouseholdCharge sums what the sponsors of a village or community count.
type HouseholdCharge struct {
	GridID  int
	Name    string
	Covered int
	Known   *int // the unit's own number, where somebody counted
	Cadres  int
}

// Covered counts the charges that somebody answers for.
func Covered(charges []Charge) int {
	n := 0
	for _, c := range charges {
		if c.Person != 0 {
			n++
		}
	}
	return n
}

// SumHouseholds adds up what sponsors count.
func SumHouseholds(charges []HouseholdCharge) int {
	n := 0
	for _, c := range charges {
		n += c.Covered
	}
	return n
}

// Coverage says who answers for what on a day. Communities' households stand
// beside the villages' and are never added to them.
func (r Roster) Coverage(day time.Time) Coverage {
	var c Coverage
	holders, households, cadres := r.sponsors(day)
	for _, a := range r.Place.Areas {
		charge := Charge{AreaID: a.ID, Name: a.Name, Leader: a.Leader}
		for _, held := range holders[a.Leader] {
			charge.Person, charge.Holder = held.Person, held.Holder
		}
		c.Areas = append(c.Areas, charge)
	}
	names := r.Place.Grid.Names()
	for _, u := range r.Place.Grid.Units {
		switch u.Level {
		case 2:
			c.Villages = append(c.Villages, holders[VillageSponsor][u.ID].at(u.ID, names))
		case 3:
			c.Groups = append(c.Groups, holders[GroupSponsor][u.ID].at(u.ID, names))
			continue
		default:
			continue
		}
		sum := HouseholdCharge{GridID: u.ID, Name: u.Name, Known: u.Households}
		for id := range r.Place.Grid.Under(u.ID) {
			sum.Covered += households[id]
			sum.Cadres += cadres[id]
		}
		if u.Kind == Community {
			c.CommunityHouseholds = append(c.CommunityHouseholds, sum)
		} else {
			c.Households = append(c.Households, sum)
		}
	}
	return c
}

func (c Charge) at(id int, names map[int]string) Charge {
	c.GridID, c.Name = id, names[id]
	return c
}

// sponsors are, by kind and unit, those who answer on a day, and the households
// that are counted on a unit by so many cadres.
func (r Roster) sponsors(day time.Time) (holders map[PostKind]map[int]Charge, households, cadres map[int]int) {
	holders = map[PostKind]map[int]Charge{VillageSponsor: {}, GroupSponsor: {}, PartySecretary: {}, Mayor: {}}
	households, cadres = map[int]int{}, map[int]int{}
	for _, p := range r.People {
		for _, h := range p.Holdings {
			if !h.On(day) {
				continue
			}
			if byGrid, asked := holders[h.Kind]; asked {
				byGrid[h.GridID] = Charge{Person: p.ID, Holder: p.Name, Holding: h.ID}
			}
			if h.Kind == HouseholdSponsor {
				households[h.GridID] += h.Households
				cadres[h.GridID]++
			}
		}
	}
	return holders, households, cadres
}
