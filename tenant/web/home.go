package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// A homePage is the town's card and what stands behind the five practices.
// Every number on it is counted from rows that a page shows.
type homePage struct {
	Place     tenant.Place
	Figures   []figure
	Practices []practice
	Forces    []figure
	Areas     []areaCard
	Duty      string // the units that the reader's view begins at; empty for the whole town
	Posts     int    // seats in view
	Vacant    int    // of which nobody holds
}

// A figure is one number in words.
type figure struct {
	Value, Unit, Label, Note string
}

// A practice is one of 抓防疏访调 with the number that exists for it now. One
// without a number says so, and leads nowhere.
type practice struct {
	Mark, Value, Unit, Text string
	Path                    string
	Late                    bool
}

// An areaCard is a 片区 with its leader and the names of its units.
type areaCard struct {
	Name, Leader, Holder string
	InView               bool // the leader's post is one that the reader sees
	Units                []string
}

func (s *Server) home(w http.ResponseWriter, r *request) error {
	actor, place, err := r.town.Place(r.Context(), r.access)
	if err != nil {
		return err
	}
	r.view.Actor, r.view.Town = actor, place.Name
	return s.render(w, r, http.StatusOK, homeTempl(r.view, homeOf(r.view, place)))
}

func homeOf(v ui.View, place tenant.Place) homePage {
	var tops []string
	for _, top := range place.Grid.Tree() {
		if top.Level > 1 {
			tops = append(tops, top.Name)
		}
	}
	return homePage{
		Place: place, Figures: figuresOf(v, place), Practices: practicesOf(v, place), Forces: forcesOf(v, place),
		Areas: areasOf(v, place), Duty: strings.Join(tops, v.T("、")), Posts: len(place.Grid.Posts), Vacant: place.Grid.Vacant(),
	}
}

// figuresOf is the town's card. The community's households stand in a figure
// of their own, because they are never added to the town's.
func figuresOf(v ui.View, place tenant.Place) []figure {
	var figures []figure
	for _, top := range place.Grid.Tree() {
		label := ""
		if !place.Grid.Whole {
			label = top.Name
		}
		if top.Kind == tenant.Community {
			continue // shown below
		}
		if top.Households != nil {
			figures = append(figures, figure{Value: v.Number(*top.Households), Unit: v.T("户"), Label: orElse(label, v.T("住户"))})
		}
		if top.Population != nil {
			figures = append(figures, figure{Value: v.Number(*top.Population), Unit: v.T("人"), Label: orElse(label, v.T("人口"))})
		}
	}
	if n := place.CommunityHouseholds(); n > 0 {
		figures = append(figures, figure{Value: v.Number(n), Unit: v.T("户"), Label: v.T("社区住户"), Note: v.T("另计")})
	}
	if !place.Grid.Whole {
		return figures
	}
	for _, venue := range place.Venues {
		f := figure{Value: v.Number(venue.Count), Unit: v.T("家"), Label: v.T("学校、企事业单位")}
		if venue.Kind == "shop" {
			f.Label = v.T("商业门店")
		}
		if venue.AtLeast {
			f.Unit = v.T("余家")
		}
		figures = append(figures, f)
	}
	return figures
}

func practicesOf(v ui.View, place tenant.Place) []practice {
	count := place.Establishment()
	lead := practice{Mark: "抓", Value: v.Number(count.Units), Unit: v.T("个单位"), Text: v.T("进驻综治中心"), Path: "#centre"}
	if count.Units == 0 {
		lead = practice{Mark: "抓", Text: v.T("还没有单位进驻")}
	}
	guard := practice{Mark: "防", Value: fmt.Sprintf("%d · %d · %d", count.Level1, count.Level2, count.Level3), Text: v.T("三级网格，无缝隙"), Path: "#forces"}
	if !place.Grid.Whole {
		guard.Value, guard.Text = fmt.Sprintf("%d · %d", count.Level2, count.Level3), v.T("您的网格，无缝隙")
	}
	if gaps := len(place.Grid.Gaps()); gaps > 0 {
		guard.Text, guard.Late = v.T("网格有 %d 处缝隙", gaps), true
	}
	if tenant.Can(v.Actor.Posts, tenant.ReadGrid) {
		guard.Path = "/grid"
	}
	visit := practice{Mark: "访", Value: v.Number(count.Areas), Unit: v.T("个片区"), Text: v.T("党政主要领导分片负责"), Path: "#areas"}
	if count.Areas == 0 {
		visit = practice{Mark: "访", Text: v.T("还没有划分片区")}
	}
	return []practice{
		lead, guard,
		{Mark: "疏", Text: v.T("还没有接待和救助记录")},
		visit,
		{Mark: "调", Text: v.T("还没有纠纷调解记录")},
	}
}

func forcesOf(v ui.View, place tenant.Place) []figure {
	count := place.Establishment()
	return []figure{
		{Value: v.Number(count.Committees), Unit: v.T("个"), Label: v.T("人民调解委员会")},
		{Value: v.Number(count.Mediators), Unit: v.T("人"), Label: v.T("人民调解员")},
		{Value: v.Number(count.InformationOfficers), Unit: v.T("人"), Label: v.T("综治信息员")},
		{Value: v.Number(count.Volunteers), Unit: v.T("人"), Label: v.T("群防群治人员")},
		{Value: v.Number(count.HouseHeads), Unit: v.T("人"), Label: v.T("治安户长")},
		{Value: v.Number(count.ConsultationBodies), Unit: v.T("个"), Label: v.T("民主协商议事机构")},
		{Value: v.Number(count.ConsultationMembers), Unit: v.T("人"), Label: v.T("民主协商成员")},
	}
}

func areasOf(v ui.View, place tenant.Place) []areaCard {
	names := make(map[int]string, len(place.Grid.Units))
	for _, u := range place.Grid.Units {
		names[u.ID] = u.Name
	}
	var cards []areaCard
	for _, area := range place.Areas {
		card := areaCard{Name: area.Name, Leader: v.Post(area.Leader)}
		for _, p := range place.Grid.Posts {
			if p.Kind == area.Leader {
				card.InView, card.Holder = true, p.Holder
			}
		}
		for _, id := range area.Grids {
			if names[id] != "" {
				card.Units = append(card.Units, names[id])
			}
		}
		cards = append(cards, card)
	}
	return cards
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// stationing says how an office is in the centre.
func stationing(v ui.View, u tenant.Unit) string {
	switch u.Stationing {
	case "resident":
		return v.T("常驻")
	case "rotating":
		return v.T("轮驻")
	case "on_call":
		return v.T("随叫随驻")
	}
	return u.Stationing
}
