package tenant

import "slices"

// A Grid is what one actor sees of the three-level grid: the whole of it, or
// the subtrees under the actor's posts.
type Grid struct {
	Whole bool // the view begins at the town itself
	Units []GridUnit
	Posts []Post
}

// A Branch is a unit of the grid with its posts and what lies below it.
type Branch struct {
	GridUnit
	Posts []Post
	Below []Branch
}

// Leader is the branch's leader post. It is false when there is none, which is
// a gap; a leader post without a holder is none.
func (b Branch) Leader() (Post, bool) {
	i := slices.IndexFunc(b.Posts, func(p Post) bool { return p.Kind == GridLeader })
	if i < 0 {
		return Post{}, false
	}
	return b.Posts[i], true
}

// Seats counts the branch's own posts of a kind.
func (b Branch) Seats(kind PostKind) int {
	n := 0
	for _, p := range b.Posts {
		if p.Kind == kind {
			n++
		}
	}
	return n
}

// Tree hangs the units under each other, in the order in which they are
// listed. Its tops are the town, or the topmost units in view; a unit that no
// top leads to is left out, and [Grid.Gaps] tells of it.
func (g Grid) Tree() []Branch {
	posts := make(map[int][]Post, len(g.Units))
	for _, p := range g.Posts {
		posts[p.GridID] = append(posts[p.GridID], p)
	}
	below := make(map[int][]GridUnit, len(g.Units))
	for _, u := range g.Units {
		below[u.ParentID] = append(below[u.ParentID], u)
	}
	grown := make(map[int]bool, len(g.Units)) // a damaged grid must not grow for ever
	var grow func(u GridUnit) Branch
	grow = func(u GridUnit) Branch {
		grown[u.ID] = true
		b := Branch{GridUnit: u, Posts: posts[u.ID]}
		for _, child := range below[u.ID] {
			if !grown[child.ID] {
				b.Below = append(b.Below, grow(child))
			}
		}
		return b
	}
	var tops []Branch
	for _, u := range g.tops() {
		if !grown[u.ID] {
			tops = append(tops, grow(u))
		}
	}
	return tops
}

// tops are where the view begins: without a parent, or with one out of view.
func (g Grid) tops() []GridUnit {
	known := make(map[int]bool, len(g.Units))
	for _, u := range g.Units {
		known[u.ID] = true
	}
	var tops []GridUnit
	for _, u := range g.Units {
		if u.ParentID == 0 || !g.Whole && !known[u.ParentID] {
			tops = append(tops, u)
		}
	}
	return tops
}

// CountLevel counts the units of a level.
func (g Grid) CountLevel(level int) int {
	n := 0
	for _, u := range g.Units {
		if u.Level == level {
			n++
		}
	}
	return n
}

// CountPosts counts the posts of a kind: seats, not people.
func (g Grid) CountPosts(kind PostKind) int {
	n := 0
	for _, p := range g.Posts {
		if p.Kind == kind {
			n++
		}
	}
	return n
}

// Vacant counts the posts that wait to be filled.
func (g Grid) Vacant() int {
	n := 0
	for _, p := range g.Posts {
		if p.Holder == "" {
			n++
		}
	}
	return n
}

// A GapKind says how the grid falls short of 横到边、纵到底、全覆盖、无缝隙.
type GapKind string

// The kinds of gaps, and the warnings, which ask for a look but leave no hole.
const (
	NoRoot      GapKind = "no_root"     // the town itself is missing
	SecondRoot  GapKind = "second_root" // a second unit of the first level
	Orphan      GapKind = "orphan"      // no way leads up from it to the town
	Misplaced   GapKind = "misplaced"   // not one level below its parent, or not of a kind for its level
	Duplicate   GapKind = "duplicate"   // the id, code or name below one parent is taken
	Leaderless  GapKind = "leaderless"  // no leader post on a second- or third-level unit
	Overcounted GapKind = "overcounted" // warning: its parts have more households than it has
	Overpeopled GapKind = "overpeopled" // warning: its parts have more people than it has
	Unzoned     GapKind = "unzoned"     // warning: the town has areas, and this second-level unit is in none
)

// A Gap is one place where the grid falls short.
type Gap struct {
	Kind GapKind
	Unit GridUnit // the zero unit when nothing particular is meant
}

// Gaps says where the grid is not whole, in the order of its units. A post that
// waits to be filled is no gap, and neither is a village or community without
// groups. A partial view is checked only for what can be seen from it.
func (g Grid) Gaps() []Gap {
	var gaps []Gap
	if g.Whole && g.CountLevel(1) == 0 {
		gaps = append(gaps, Gap{Kind: NoRoot})
	}
	reached := g.reached()
	taken := make(map[any]bool, 3*len(g.Units))
	led := make(map[int]bool, len(g.Units))
	for _, p := range g.Posts {
		led[p.GridID] = led[p.GridID] || p.Kind == GridLeader
	}
	parents := make(map[int]GridUnit, len(g.Units))
	for _, u := range g.Units {
		parents[u.ID] = u
	}
	roots := 0
	for _, u := range g.Units {
		if u.Level == 1 {
			roots++
		}
		kind, found := g.gapOf(u, parents, reached[u.ID], roots, taken)
		switch {
		case found:
			gaps = append(gaps, Gap{Kind: kind, Unit: u})
		case u.Level > 1 && !led[u.ID]:
			gaps = append(gaps, Gap{Kind: Leaderless, Unit: u})
		}
	}
	return gaps
}

// gapOf finds what is wrong with where a unit stands, the worst first. It notes
// the unit's id, code and name as taken.
func (g Grid) gapOf(u GridUnit, parents map[int]GridUnit, reached bool, roots int, taken map[any]bool) (GapKind, bool) {
	type id int
	type code string
	type name struct {
		parent int
		name   string
	}
	duplicate := false
	for _, key := range []any{id(u.ID), code(u.Code), name{u.ParentID, u.Name}} {
		duplicate = duplicate || taken[key]
		taken[key] = true
	}
	parent, hasParent := parents[u.ParentID]
	switch {
	case duplicate:
		return Duplicate, true
	case u.Level == 1 && roots > 1:
		return SecondRoot, true
	case !reached:
		return Orphan, true
	case !u.Kind.onLevel(u.Level), hasParent && u.Level != parent.Level+1, u.Level > 1 && g.Whole && !hasParent:
		return Misplaced, true
	}
	return "", false
}

// reached are the units that a top leads to.
func (g Grid) reached() map[int]bool {
	reached := make(map[int]bool, len(g.Units))
	var walk func([]Branch)
	walk = func(branches []Branch) {
		for _, b := range branches {
			reached[b.ID] = true
			walk(b.Below)
		}
	}
	walk(g.Tree())
	return reached
}

// Warnings says what deserves a look but leaves no hole: parts that sum to more
// than the whole, and second-level units outside every area. The households of
// a community stand beside the villages' and are not part of the sum.
func (p Place) Warnings() []Gap {
	zoned := make(map[int]bool, len(p.Grid.Units))
	for _, a := range p.Areas {
		for _, id := range a.Grids {
			zoned[id] = true
		}
	}
	households, population := make(map[int]int), make(map[int]int)
	for _, u := range p.Grid.Units {
		if u.Kind == Community {
			continue
		}
		if u.Households != nil {
			households[u.ParentID] += *u.Households
		}
		if u.Population != nil {
			population[u.ParentID] += *u.Population
		}
	}
	var warnings []Gap
	for _, u := range p.Grid.Units {
		if u.Households != nil && households[u.ID] > *u.Households {
			warnings = append(warnings, Gap{Kind: Overcounted, Unit: u})
		}
		if u.Population != nil && population[u.ID] > *u.Population {
			warnings = append(warnings, Gap{Kind: Overpeopled, Unit: u})
		}
		if u.Level == 2 && len(p.Areas) > 0 && !zoned[u.ID] {
			warnings = append(warnings, Gap{Kind: Unzoned, Unit: u})
		}
	}
	return warnings
}

// onLevel says whether units of this kind stand on that level.
func (k GridKind) onLevel(level int) bool {
	switch k {
	case TownGrid:
		return level == 1
	case Village, Community:
		return level == 2
	case Group:
		return level == 3
	}
	return false
}
