package web

import (
	"fmt"
	"net/http"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// A gridPage is the three-level grid: its tree, its map, its gaps, and who
// stands on it.
type gridPage struct {
	Place    tenant.Place
	Count    tenant.Establishment
	Tree     []tenant.Branch
	Map      gridMap
	Gaps     []tenant.Gap
	Warnings []tenant.Gap
	Forces   forceTable
	gapped   map[int]bool
	names    map[int]string
}

func (s *Server) grid(w http.ResponseWriter, r *request) error {
	actor, place, err := r.town.Place(r.Context(), r.access)
	if err != nil {
		return err
	}
	r.view.Actor, r.view.Town = actor, place.Name
	return s.render(w, r, http.StatusOK, gridTempl(r.view, gridOf(r.view, place)))
}

func gridOf(v ui.View, place tenant.Place) gridPage {
	p := gridPage{
		Place: place, Count: place.Establishment(), Tree: place.Grid.Tree(),
		Gaps: place.Grid.Gaps(), Warnings: place.Warnings(), gapped: map[int]bool{}, names: map[int]string{},
	}
	for _, u := range place.Grid.Units {
		p.names[u.ID] = u.Name
	}
	for _, gap := range p.Gaps {
		p.gapped[gap.Unit.ID] = true
	}
	p.Map = mapOf(v, place, p.gapped)
	p.Forces = forcesTableOf(v, p.Tree)
	return p
}

// gapsUnder counts the gaps of a branch and of what lies below it.
func (p gridPage) gapsUnder(b tenant.Branch) int {
	n := 0
	if p.gapped[b.ID] {
		n++
	}
	for _, child := range b.Below {
		n += p.gapsUnder(child)
	}
	return n
}

// vacantLeaders counts the leader posts of a branch that wait to be filled.
func vacantLeaders(b tenant.Branch) int {
	n := 0
	if leader, found := b.Leader(); found && leader.Holder == "" {
		n++
	}
	for _, child := range b.Below {
		n += vacantLeaders(child)
	}
	return n
}

// counted says how many groups, households and people a unit has, as far as
// they were counted.
func counted(v ui.View, b tenant.Branch) string {
	text := ""
	add := func(s string) {
		if text != "" {
			text += " · "
		}
		text += s
	}
	switch {
	case b.Level == 2 && len(b.Below) > 0:
		add(v.T("%d 组", len(b.Below)))
	case b.Level == 2 && b.Kind == tenant.Community:
		add(v.T("不设组"))
	}
	if b.Households != nil {
		add(v.T("%s 户", v.Number(*b.Households)))
	}
	if b.Population != nil {
		add(v.T("%s 人", v.Number(*b.Population)))
	}
	return text
}

// gapText says what is missing where, and what to do about it.
func gapText(v ui.View, gap tenant.Gap, names map[int]string) string {
	name := gap.Unit.Name
	if gap.Unit.Level == 3 {
		name = names[gap.Unit.ParentID] + name
	}
	switch gap.Kind {
	case tenant.Leaderless:
		return v.T("%s没有网格长岗位", name)
	case tenant.NoRoot:
		return v.T("没有一级网格")
	case tenant.SecondRoot:
		return v.T("%s是多出来的一级网格", name)
	case tenant.Orphan:
		return v.T("%s不归任何上级网格", name)
	case tenant.Misplaced:
		return v.T("%s的级别和上级不衔接", name)
	case tenant.Duplicate:
		return v.T("%s重复了", name)
	case tenant.Overcounted:
		return v.T("%s各部分的户数加起来比总数多，请核对", name)
	case tenant.Overpeopled:
		return v.T("%s各部分的人数加起来比总数多，请核对", name)
	case tenant.Unzoned:
		return v.T("%s还没有划入片区", name)
	}
	return name
}

// A forceTable counts the seats of each kind on each unit of the first two
// levels, with a sum below each column.
type forceTable struct {
	Heads []string
	Rows  []forceRow
	Sums  []int
}

// A forceRow is one unit's seats.
type forceRow struct {
	Unit  tenant.Branch
	Seats []int
}

func forcesTableOf(v ui.View, tree []tenant.Branch) forceTable {
	kinds := []tenant.PostKind{
		tenant.Mediator, tenant.InformationOfficer, tenant.Volunteer, tenant.HouseholdHead, tenant.ConsultationMember,
	}
	table := forceTable{Sums: make([]int, len(kinds))}
	for _, kind := range kinds {
		table.Heads = append(table.Heads, v.Post(kind))
	}
	var add func(tenant.Branch)
	add = func(b tenant.Branch) {
		row, seated := forceRow{Unit: b, Seats: make([]int, len(kinds))}, false
		for i, kind := range kinds {
			row.Seats[i] = b.Seats(kind)
			table.Sums[i] += row.Seats[i]
			seated = seated || row.Seats[i] > 0
		}
		if seated {
			table.Rows = append(table.Rows, row)
		}
		for _, child := range b.Below {
			add(child)
		}
	}
	for _, top := range tree {
		add(top)
	}
	return table
}

// anchor is where the tree shows a unit.
func anchor(u tenant.GridUnit) string { return fmt.Sprintf("grid-%d", u.ID) }
