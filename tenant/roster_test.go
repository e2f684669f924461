package tenant_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
)

var day = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// village is a town of one village with one group and one community.
func village(people ...tenant.Person) tenant.Roster {
	return tenant.Roster{
		Place: tenant.Place{
			Areas: []tenant.Area{{ID: 1, Name: "east", Leader: tenant.Mayor, Grids: []int{2, 4}}},
			Grid: tenant.Grid{
				Whole: true,
				Units: []tenant.GridUnit{
					{ID: 1, Level: 1, Kind: tenant.TownGrid, Name: "town"},
					{ID: 2, Level: 2, Kind: tenant.Village, ParentID: 1, Name: "v"},
					{ID: 4, Level: 2, Kind: tenant.Community, ParentID: 1, Name: "c", Households: new(10)},
					{ID: 3, Level: 3, Kind: tenant.Group, ParentID: 2, Name: "g"},
				},
				Posts: []tenant.Post{
					{ID: 1, Kind: tenant.Mayor, GridID: 1, Seat: 1},
					{ID: 2, Kind: tenant.Mediator, GridID: 2, Seat: 1},
					{ID: 3, Kind: tenant.Mediator, GridID: 2, Seat: 2},
				},
			},
		},
		People: people,
	}
}

func row(name, phone, post, grid string) tenant.RosterRow {
	return tenant.RosterRow{Name: name, Phone: phone, Post: post, Grid: grid, Begins: "2026-01-05"}
}

func TestPlanRoster(t *testing.T) {
	t.Parallel()

	words := tenant.RosterWords{Posts: map[string]tenant.PostKind{}, Grids: map[string]int{"town": 1, "v": 2, "vg": 3, "c": 4}}
	for _, kind := range tenant.PostKinds() {
		words.Posts[string(kind)] = kind
	}
	sitting := tenant.Person{ID: 7, Name: "李", Holdings: []tenant.Holding{
		{Source: "tenure", ID: 1, Kind: tenant.Mediator, GridID: 2, PostID: 2, Begins: day.AddDate(-1, 0, 0)},
		{Source: "sponsorship", ID: 1, Kind: tenant.GroupSponsor, GridID: 3, Begins: day.AddDate(-1, 0, 0)},
	}}
	other := tenant.Known{ID: 8, Name: "李", Phone: "13800000008", HasPhone: true}
	households := func(n string) tenant.RosterRow {
		r := row("王", "", "household_sponsor", "c")
		r.Households = n
		return r
	}
	dated := func(text string) tenant.RosterRow {
		r := row("王", "", "mediator", "v")
		r.Begins = text
		return r
	}
	for name, tc := range map[string]struct {
		rows  []tenant.RosterRow
		known []tenant.Known
		want  []tenant.RosterFaultKind
		ids   []int
	}{
		"a new person":                           {rows: []tenant.RosterRow{row("王", "", "mediator", "v")}, ids: []int{0}},
		"full-width digits and spaces":           {rows: []tenant.RosterRow{row("王 五", " １３８００００００００ ", "mediator ", "v")}, ids: []int{0}},
		"the only one of the name":               {rows: []tenant.RosterRow{row("李", "", "village_sponsor", "v")}, known: []tenant.Known{{ID: 7, Name: "李"}}, ids: []int{7}},
		"two of one name":                        {rows: []tenant.RosterRow{row("李", "", "village_sponsor", "v")}, known: []tenant.Known{{ID: 7, Name: "李"}, other}, want: []tenant.RosterFaultKind{tenant.FaultPhoneNeeded}},
		"told apart by the phone":                {rows: []tenant.RosterRow{row("李", "13800000008", "village_sponsor", "v")}, known: []tenant.Known{{ID: 7, Name: "李"}, other}, ids: []int{8}},
		"two rows of one new person":             {rows: []tenant.RosterRow{row("王", "13800000001", "mediator", "v"), row("王", "", "village_sponsor", "v")}, ids: []int{0, 0}},
		"two new ones of a name":                 {rows: []tenant.RosterRow{row("王", "13800000001", "mediator", "v"), row("王", "13800000002", "village_sponsor", "v"), row("王", "", "group_sponsor", "vg")}, want: []tenant.RosterFaultKind{tenant.FaultPhoneNeeded}},
		"a phone of two names":                   {rows: []tenant.RosterRow{row("王", "13800000001", "mediator", "v"), row("张", "13800000001", "village_sponsor", "v")}, want: []tenant.RosterFaultKind{tenant.FaultPhoneTaken}},
		"a phone of another":                     {rows: []tenant.RosterRow{row("王", "13800000008", "mediator", "v")}, known: []tenant.Known{other}, want: []tenant.RosterFaultKind{tenant.FaultPhoneTaken}},
		"an identity number":                     {rows: []tenant.RosterRow{row("王", "620102199001011234", "mediator", "v")}, want: []tenant.RosterFaultKind{tenant.FaultIDNumber}},
		"an identity number that ends in X":      {rows: []tenant.RosterRow{row("王", "62010219900101123X", "mediator", "v")}, want: []tenant.RosterFaultKind{tenant.FaultIDNumber}},
		"no phone number":                        {rows: []tenant.RosterRow{row("王", "12345", "mediator", "v")}, want: []tenant.RosterFaultKind{tenant.FaultPhone}},
		"nothing":                                {rows: []tenant.RosterRow{{}}, want: []tenant.RosterFaultKind{tenant.FaultMissing, tenant.FaultMissing, tenant.FaultMissing}},
		"a name with a formula":                  {rows: []tenant.RosterRow{row("=1+1", "", "mediator", "v")}, want: []tenant.RosterFaultKind{tenant.FaultName}},
		"a post and a unit that are not":         {rows: []tenant.RosterRow{row("王", "", "king", "moon")}, want: []tenant.RosterFaultKind{tenant.FaultPost, tenant.FaultGrid}},
		"a unit without such seats":              {rows: []tenant.RosterRow{row("王", "", "mediator", "c")}, want: []tenant.RosterFaultKind{tenant.FaultNotHere}},
		"more people than seats":                 {rows: []tenant.RosterRow{row("王", "", "mediator", "v"), row("张", "", "mediator", "v")}, want: []tenant.RosterFaultKind{tenant.FaultNoSeat}},
		"a sponsor of a group that has one":      {rows: []tenant.RosterRow{row("王", "", "group_sponsor", "vg")}, want: []tenant.RosterFaultKind{tenant.FaultNoSeat}},
		"a village's sponsor of a group":         {rows: []tenant.RosterRow{row("王", "", "village_sponsor", "vg")}, want: []tenant.RosterFaultKind{tenant.FaultNotHere}},
		"the same row twice":                     {rows: []tenant.RosterRow{row("王", "", "mediator", "v"), row("王", "", "mediator", "v")}, want: []tenant.RosterFaultKind{tenant.FaultTwice}},
		"who holds it already":                   {rows: []tenant.RosterRow{row("李", "", "mediator", "v")}, known: []tenant.Known{{ID: 7, Name: "李"}}, want: []tenant.RosterFaultKind{tenant.FaultHolds}},
		"households":                             {rows: []tenant.RosterRow{households("10")}, ids: []int{0}},
		"more households than there are":         {rows: []tenant.RosterRow{households("11")}, want: []tenant.RosterFaultKind{tenant.FaultTooMany}},
		"no number of households":                {rows: []tenant.RosterRow{households("很多")}, want: []tenant.RosterFaultKind{tenant.FaultNumber}},
		"a day as a sheet keeps it":              {rows: []tenant.RosterRow{dated("46027")}, ids: []int{0}},
		"a Chinese day":                          {rows: []tenant.RosterRow{dated("2026年1月5日")}, ids: []int{0}},
		"no day":                                 {rows: []tenant.RosterRow{dated("2026-02-30")}, want: []tenant.RosterFaultKind{tenant.FaultDate}},
		"a day too far ahead":                    {rows: []tenant.RosterRow{dated("2126-01-05")}, want: []tenant.RosterFaultKind{tenant.FaultDate}},
		"a town administrator of a village":      {rows: []tenant.RosterRow{row("王", "", "town_administrator", "v")}, want: []tenant.RosterFaultKind{tenant.FaultNotHere}},
		"a phone for who had none":               {rows: []tenant.RosterRow{row("李", "13800000009", "village_sponsor", "v")}, known: []tenant.Known{{ID: 7, Name: "李"}}, ids: []int{7}},
		"a second one of the name, with a phone": {rows: []tenant.RosterRow{row("李", "13800000009", "village_sponsor", "v")}, known: []tenant.Known{{ID: 8, Name: "李", HasPhone: true}}, ids: []int{0}},
	} {
		director := tenant.Actor{Posts: []tenant.PostKind{tenant.CentreDirector}}
		entries, faults := tenant.PlanRoster(tc.rows, village(sitting), tc.known, words, director, day)
		var kinds []tenant.RosterFaultKind
		for _, f := range faults {
			kinds = append(kinds, f.Kind)
		}
		var ids []int
		for _, e := range entries {
			ids = append(ids, e.Person)
		}
		if diff := cmp.Diff(tc.want, kinds); diff != "" {
			t.Errorf("%s: faults (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(tc.ids, ids); diff != "" {
			t.Errorf("%s: people (-want +got):\n%s", name, diff)
		}
		if len(entries) == 2 && entries[0].New != entries[1].New {
			t.Errorf("%s: one person became two: %+v", name, entries)
		}
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()

	ended := day
	c := village(
		tenant.Person{ID: 1, Name: "赵", Holdings: []tenant.Holding{{Kind: tenant.Mayor, GridID: 1, PostID: 1, Begins: day}}},
		tenant.Person{ID: 2, Name: "钱", Holdings: []tenant.Holding{
			{Kind: tenant.VillageSponsor, GridID: 2, Begins: day, ID: 5},
			{Kind: tenant.VillageSponsor, GridID: 4, Begins: day.AddDate(-1, 0, 0), Ends: &ended},
			{Kind: tenant.HouseholdSponsor, GridID: 3, Households: 20, Begins: day},
			{Kind: tenant.HouseholdSponsor, GridID: 4, Households: 9, Begins: day},
			{Kind: tenant.GroupSponsor, GridID: 3, Begins: day.AddDate(0, 0, 1)},
		}},
	).Coverage(day)
	got := []int{
		tenant.Covered(c.Areas), tenant.Covered(c.Villages), len(c.Villages), tenant.Covered(c.Groups), len(c.Groups),
		tenant.SumHouseholds(c.Households), tenant.SumHouseholds(c.CommunityHouseholds),
	}
	if diff := cmp.Diff([]int{1, 1, 2, 0, 1, 20, 9}, got); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	if c.Groups[0].Name != "vg" {
		t.Errorf("a group is called %q", c.Groups[0].Name)
	}
}
