package tenant_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
)

// town is a small whole grid: two villages with two groups each and a
// community without any, every one with a leader post that waits to be filled.
func town() tenant.Grid {
	g := tenant.Grid{Whole: true, Units: []tenant.GridUnit{
		{ID: 1, Code: "620602130000", Level: 1, Kind: tenant.TownGrid, Name: "大柳镇", Households: new(100), Population: new(400)},
		{ID: 2, Code: "620602130200", Level: 2, Kind: tenant.Village, ParentID: 1, Name: "第一村"},
		{ID: 3, Code: "620602130201", Level: 2, Kind: tenant.Village, ParentID: 1, Name: "第二村"},
		{ID: 4, Code: "620602130001", Level: 2, Kind: tenant.Community, ParentID: 1, Name: "幸福社区", Households: new(474)},
		{ID: 5, Code: "620602130200001", Level: 3, Kind: tenant.Group, ParentID: 2, Name: "1组"},
		{ID: 6, Code: "620602130200002", Level: 3, Kind: tenant.Group, ParentID: 2, Name: "2组"},
		{ID: 7, Code: "620602130201001", Level: 3, Kind: tenant.Group, ParentID: 3, Name: "1组"},
		{ID: 8, Code: "620602130201002", Level: 3, Kind: tenant.Group, ParentID: 3, Name: "2组"},
	}}
	for id := 2; id <= 8; id++ {
		g.Posts = append(g.Posts, tenant.Post{ID: id, Kind: tenant.GridLeader, GridID: id, Seat: 1})
	}
	return g
}

func TestGridGaps(t *testing.T) {
	t.Parallel()

	unit := func(g *tenant.Grid, id int) *tenant.GridUnit {
		return &g.Units[slices.IndexFunc(g.Units, func(u tenant.GridUnit) bool { return u.ID == id })]
	}
	without := func(g *tenant.Grid, ids ...int) {
		g.Units = slices.DeleteFunc(g.Units, func(u tenant.GridUnit) bool { return slices.Contains(ids, u.ID) })
	}
	for name, tc := range map[string]struct {
		damage func(g *tenant.Grid)
		want   []string
	}{
		"a whole grid has no gap, though every post is vacant": {},
		"a removed leader is exactly one gap": {
			damage: func(g *tenant.Grid) { g.Posts = slices.Delete(g.Posts, 3, 4) },
			want:   []string{"leaderless 1组 5"},
		},
		"another post does not lead": {
			damage: func(g *tenant.Grid) { g.Posts[0].Kind = tenant.Volunteer },
			want:   []string{"leaderless 第一村 2"},
		},
		"no units at all": {
			damage: func(g *tenant.Grid) { g.Units, g.Posts = nil, nil },
			want:   []string{"no_root  0"},
		},
		"the town is missing, so nothing leads up to it": {
			damage: func(g *tenant.Grid) { without(g, 1, 5, 6, 7, 8) },
			want:   []string{"no_root  0", "orphan 第一村 2", "orphan 第二村 3", "orphan 幸福社区 4"},
		},
		"a second town": {
			damage: func(g *tenant.Grid) {
				g.Units = append(g.Units, tenant.GridUnit{ID: 9, Code: "620602131000", Level: 1, Kind: tenant.TownGrid, Name: "小柳镇"})
			},
			want: []string{"second_root 小柳镇 9"},
		},
		"groups of a village that is gone": {
			damage: func(g *tenant.Grid) { without(g, 3) },
			want:   []string{"orphan 1组 7", "orphan 2组 8"},
		},
		"two units that hang on each other": {
			damage: func(g *tenant.Grid) { unit(g, 5).ParentID, unit(g, 6).ParentID = 6, 5 },
			want:   []string{"orphan 1组 5", "orphan 2组 6"},
		},
		"a unit that hangs on itself": {
			damage: func(g *tenant.Grid) { unit(g, 5).ParentID = 5 },
			want:   []string{"orphan 1组 5"},
		},
		"one code twice": {
			damage: func(g *tenant.Grid) { unit(g, 6).Code = unit(g, 5).Code },
			want:   []string{"duplicate 2组 6"},
		},
		"one name twice in a village": {
			damage: func(g *tenant.Grid) { unit(g, 6).Name = "1组" },
			want:   []string{"duplicate 1组 6"},
		},
		"one id twice": {
			damage: func(g *tenant.Grid) { u := *unit(g, 6); u.Code, u.Name = "x", "x"; g.Units = append(g.Units, u) },
			want:   []string{"duplicate x 6"},
		},
		"a group right under the town": {
			damage: func(g *tenant.Grid) { unit(g, 5).ParentID = 1 },
			want:   []string{"misplaced 1组 5"},
		},
		"a village on the third level": {
			damage: func(g *tenant.Grid) { unit(g, 5).Kind = tenant.Village },
			want:   []string{"misplaced 1组 5"},
		},
		"a kind that nobody knows": {
			damage: func(g *tenant.Grid) { unit(g, 4).Kind = "city" },
			want:   []string{"misplaced 幸福社区 4"},
		},
		"a village seen by itself is whole": {
			damage: func(g *tenant.Grid) { g.Whole = false; without(g, 1, 3, 4, 7, 8) },
		},
		"a village seen by itself lacks a leader": {
			damage: func(g *tenant.Grid) { g.Whole = false; without(g, 1, 3, 4, 7, 8); g.Posts = g.Posts[1:] },
			want:   []string{"leaderless 第一村 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			g := town()
			if tc.damage != nil {
				tc.damage(&g)
			}
			var got []string
			for _, gap := range g.Gaps() {
				got = append(got, fmt.Sprintf("%s %s %d", gap.Kind, gap.Unit.Name, gap.Unit.ID))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlaceWarnings(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		change func(p *tenant.Place)
		want   []string
	}{
		"the community's households stand beside the town's": {},
		"villages within the town's figure": {
			change: func(p *tenant.Place) { p.Grid.Units[1].Households, p.Grid.Units[2].Households = new(60), new(40) },
		},
		"villages beyond the town's figure": {
			change: func(p *tenant.Place) { p.Grid.Units[1].Households, p.Grid.Units[2].Households = new(60), new(41) },
			want:   []string{"overcounted 大柳镇"},
		},
		"groups beyond their village's people": {
			change: func(p *tenant.Place) { p.Grid.Units[1].Population, p.Grid.Units[4].Population = new(10), new(11) },
			want:   []string{"overpeopled 第一村"},
		},
		"groups of a village that nobody has counted": {
			change: func(p *tenant.Place) { p.Grid.Units[4].Households = new(30) },
		},
		"a village that the areas leave out": {
			change: func(p *tenant.Place) { p.Areas = []tenant.Area{{Name: "东片", Grids: []int{2, 4}}} },
			want:   []string{"unzoned 第二村"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := tenant.Place{Grid: town()}
			if tc.change != nil {
				tc.change(&p)
			}
			var got []string
			for _, w := range p.Warnings() {
				got = append(got, fmt.Sprintf("%s %s", w.Kind, w.Unit.Name))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGridTree(t *testing.T) {
	t.Parallel()

	whole := town()
	if got, want := draw(whole.Tree()), "大柳镇(第一村(1组2组)第二村(1组2组)幸福社区)"; got != want {
		t.Errorf("tree = %s, want %s", got, want)
	}
	part := tenant.Grid{Units: slices.Concat(whole.Units[2:4], whole.Units[6:])}
	if got, want := draw(part.Tree()), "第二村(1组2组)幸福社区"; got != want {
		t.Errorf("tree of a part = %s, want %s", got, want)
	}
	looped := town()
	looped.Units = append(looped.Units, tenant.GridUnit{ID: 1, ParentID: 1, Name: "环"})
	if got := draw(looped.Tree()); got == "" {
		t.Error("a damaged grid gives no tree")
	}
}

// draw writes a tree with what lies below a unit in brackets.
func draw(branches []tenant.Branch) string {
	var b strings.Builder
	for _, branch := range branches {
		b.WriteString(branch.Name)
		if len(branch.Below) > 0 {
			b.WriteString("(" + draw(branch.Below) + ")")
		}
	}
	return b.String()
}

func TestBranchLeader(t *testing.T) {
	t.Parallel()

	g := town()
	g.Posts[0].Holder = "王组长"
	village := g.Tree()[0].Below[0]
	if leader, ok := village.Leader(); !ok || leader.Holder != "王组长" {
		t.Errorf("leader = %+v, %v", leader, ok)
	}
	if leader, ok := village.Below[0].Leader(); !ok || leader.Holder != "" {
		t.Errorf("vacant leader = %+v, %v; want a post without a holder", leader, ok)
	}
	if _, ok := g.Tree()[0].Leader(); ok {
		t.Error("the town has a leader post that nobody laid down")
	}
	if g.Vacant() != 6 || village.Seats(tenant.GridLeader) != 1 || village.Seats(tenant.Mediator) != 0 {
		t.Errorf("vacant = %d, seats = %d", g.Vacant(), village.Seats(tenant.GridLeader))
	}
}
