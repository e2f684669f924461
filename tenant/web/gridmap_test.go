package web

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// A town of so many villages with so many groups; every leader post waits.
func townOf(villages, groups int) tenant.Place {
	p := tenant.Place{Name: "大柳镇", Grid: tenant.Grid{Whole: true, Units: []tenant.GridUnit{
		{ID: 1, Code: "1", Level: 1, Kind: tenant.TownGrid, Name: "大柳镇"},
	}}}
	add := func(level int, kind tenant.GridKind, parent int, name string) int {
		id := len(p.Grid.Units) + 1
		p.Grid.Units = append(p.Grid.Units, tenant.GridUnit{
			ID: id, Code: strconv.Itoa(id), Level: level, Kind: kind, ParentID: parent, Name: name,
		})
		p.Grid.Posts = append(p.Grid.Posts, tenant.Post{ID: id, Kind: tenant.GridLeader, GridID: id, Seat: 1})
		return id
	}
	for v := range villages {
		village := add(2, tenant.Village, 1, fmt.Sprintf("第%d村", v+1))
		for g := range groups {
			add(3, tenant.Group, village, fmt.Sprintf("%d组", g+1))
		}
	}
	return p
}

// Every cell of every size of town lies within its tile, on a place of its own.
func TestMapHoldsTownsOfEverySize(t *testing.T) {
	t.Parallel()

	for _, villages := range []int{0, 1, 2, 8, 30} {
		for _, groups := range []int{0, 1, 5, 6, 9, 40} {
			m := mapOf(ui.View{}, townOf(villages, groups), nil)
			tiles, cells := 0, 0
			for _, field := range m.Fields {
				for _, tile := range field.Tiles {
					tiles++
					taken := map[[2]int]bool{}
					for _, c := range tile.Cells {
						cells++
						if c.X < 0 || c.Y < 0 || c.X+cellSize > tile.Width || c.Y+cellSize > tile.Height || taken[[2]int{c.X, c.Y}] {
							t.Errorf("%d villages of %d groups: cell %s at %d,%d of a tile of %dx%d",
								villages, groups, c.Text, c.X, c.Y, tile.Width, tile.Height)
						}
						taken[[2]int{c.X, c.Y}] = true
					}
				}
			}
			if tiles != villages || cells != villages*groups {
				t.Errorf("%d villages of %d groups: %d tiles and %d cells", villages, groups, tiles, cells)
			}
		}
	}
}

func TestMapFollowsTheAreas(t *testing.T) {
	t.Parallel()

	place := townOf(3, 1)
	place.Areas = []tenant.Area{
		{Name: "东片", Leader: tenant.PartySecretary, Grids: []int{4, 99}}, {Name: "空片", Leader: tenant.Mayor, Grids: []int{98}},
	}
	place.Grid.Posts = place.Grid.Posts[1:] // 第1村 has no leader post
	place.Grid.Posts[0].Holder = "王组长"      // its group has a leader
	m := mapOf(ui.View{}, place, map[int]bool{2: true})
	var got []string
	for _, field := range m.Fields {
		for _, tile := range field.Tiles {
			got = append(got, fmt.Sprintf("%s %s %s, group %s", field.Name, tile.Name, tile.State, tile.Cells[0].State))
		}
	}
	want := []string{"东片 第2村 waiting, group waiting", " 第1村 gap, group filled", " 第3村 waiting, group waiting"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("map (-want +got):\n%s", diff)
	}
}

func TestMapOfOneGroup(t *testing.T) {
	t.Parallel()

	place := tenant.Place{Grid: tenant.Grid{Units: []tenant.GridUnit{{ID: 5, Level: 3, Kind: tenant.Group, ParentID: 2, Name: "1组"}}}}
	m := mapOf(ui.View{}, place, nil)
	if len(m.Fields) != 1 || len(m.Fields[0].Tiles) != 1 || m.Fields[0].Tiles[0].Name != "1组" || m.Top != "" {
		t.Errorf("map of one group = %+v", m)
	}
}

// Each practice leads somewhere exactly when it has a number, and no number is
// made up.
func TestPracticesSayOnlyWhatIsTrue(t *testing.T) {
	t.Parallel()

	director := ui.View{Actor: tenant.Actor{Posts: []tenant.PostKind{tenant.CentreDirector}}}
	mediator := ui.View{Actor: tenant.Actor{Posts: []tenant.PostKind{tenant.Mediator}}}
	full := townOf(2, 3)
	full.Units, full.Areas = []tenant.Unit{{}, {}}, []tenant.Area{{}}
	gappy := townOf(2, 3)
	gappy.Grid.Posts = gappy.Grid.Posts[2:]
	part := townOf(2, 3)
	part.Grid = tenant.Grid{Units: part.Grid.Units[1:5], Posts: part.Grid.Posts[:4]}
	for name, tc := range map[string]struct {
		view  ui.View
		place tenant.Place
		want  []string
	}{
		"a town with all it can have now": {director, full, []string{
			"抓 2个单位 进驻综治中心 #centre", "防 1 · 2 · 6 三级网格，无缝隙 /grid", "疏  还没有接待和救助记录 ",
			"访 1个片区 党政主要领导分片负责 #areas", "调  还没有纠纷调解记录 ",
		}},
		"a town with gaps, no offices and no areas": {director, gappy, []string{
			"抓  还没有单位进驻 ", "防 1 · 2 · 6 网格有 2 处缝隙 /grid", "疏  还没有接待和救助记录 ",
			"访  还没有划分片区 ", "调  还没有纠纷调解记录 ",
		}},
		"a mediator's village": {mediator, part, []string{
			"抓  还没有单位进驻 ", "防 1 · 3 您的网格，无缝隙 #forces", "疏  还没有接待和救助记录 ",
			"访  还没有划分片区 ", "调  还没有纠纷调解记录 ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var got []string
			for _, p := range practicesOf(tc.view, tc.place) {
				got = append(got, fmt.Sprintf("%s %s%s %s %s", p.Mark, p.Value, p.Unit, p.Text, p.Path))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("practices (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGapText(t *testing.T) {
	t.Parallel()

	names := map[int]string{2: "第三村"}
	group := tenant.GridUnit{ID: 5, Level: 3, ParentID: 2, Name: "5组"}
	for _, kind := range []tenant.GapKind{
		tenant.NoRoot, tenant.SecondRoot, tenant.Orphan, tenant.Misplaced, tenant.Duplicate, tenant.Leaderless,
		tenant.Overcounted, tenant.Overpeopled, tenant.Unzoned,
	} {
		text := gapText(ui.View{}, tenant.Gap{Kind: kind, Unit: group}, names)
		if kind != tenant.NoRoot && (len(text) <= len("第三村5组") || text[:len("第三村5组")] != "第三村5组") {
			t.Errorf("%s: %q does not say where and what", kind, text)
		}
	}
}
