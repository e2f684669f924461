// Package ui holds the frame of a town's pages and the parts they share.
package ui

import (
	"strings"
	"time"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/web/locale"
)

// A View is what the frame of every page needs to know.
type View struct {
	locale.Speaker
	Large  bool   // 大字版: the reader asked for large type
	Town   string // the town's name; empty where no town is served
	Path   string // of the page itself, to come back to after a choice
	Style  string // the address of the style sheet
	Icon   string // the address of the icon
	Emblem string // the address of the drawing at the door
	Today  time.Time
	Actor  tenant.Actor
	InForm bool // the page answers a form that can't be taken as it is
}

// An Entry is one place that the menu leads to.
type Entry struct {
	Path, Name, Icon string
}

// Menu lists the places that exist and that the actor may go to.
func (v View) Menu() []Entry {
	var menu []Entry
	for _, e := range []struct {
		Entry
		need tenant.Permission
	}{
		{Entry{"/", v.T("首页"), "home"}, tenant.ReadHome},
		{Entry{"/grid", v.T("网格"), "grid"}, tenant.ReadGrid},
		{Entry{"/people", v.T("人员"), "people"}, tenant.ReadStaff},
		{Entry{"/sponsors", v.T("包联"), "sponsor"}, tenant.ReadStaff},
		{Entry{"/me", v.T("我的"), "person"}, tenant.OwnAccount},
	} {
		if v.Actor.Allow(e.need) == nil {
			menu = append(menu, e.Entry)
		}
	}
	return menu
}

// Here says whether the page belongs to a place of the menu.
func (v View) Here(path string) bool {
	return v.Path == path || path != "/" && strings.HasPrefix(v.Path, path+"/")
}

// Title is a page's title as the browser shows it.
func (v View) Title(page string) string {
	if v.InForm {
		page = v.T("请改正") + " · " + page
	}
	if v.Town == "" {
		return page
	}
	return page + " · " + v.Town
}

// Seal is the one character that stands for the town: 柳 for 大柳镇.
func (v View) Seal() string {
	name := v.Town
	for _, kind := range []string{"街道办事处", "街道", "民族乡", "地区", "苏木", "镇", "乡"} {
		if short, found := strings.CutSuffix(name, kind); found && short != "" {
			name = short
			break
		}
	}
	runes := []rune(name)
	if len(runes) == 0 {
		return "安" // 平安, where there is no town to name
	}
	return string(runes[len(runes)-1])
}

// Date writes a day as the language does.
func (v View) Date(day time.Time) string {
	if v.Language == locale.English {
		return day.Format("Mon 2 January 2006")
	}
	weekdays := [...]string{"日", "一", "二", "三", "四", "五", "六"}
	return day.Format("2006年1月2日") + " 星期" + weekdays[day.Weekday()]
}

// Post is what a kind of post is called.
func (v View) Post(kind tenant.PostKind) string {
	switch kind {
	case tenant.PartySecretary:
		return v.T("党委书记")
	case tenant.Mayor:
		return v.T("镇长")
	case tenant.CentreDirector:
		return v.T("综治中心主任")
	case tenant.TownAdministrator:
		return v.T("镇管理员")
	case tenant.VillageSponsor:
		return v.T("包村领导")
	case tenant.GroupSponsor:
		return v.T("包组干部")
	case tenant.HouseholdSponsor:
		return v.T("包户干部")
	case tenant.GridLeader:
		return v.T("网格长")
	case tenant.Mediator:
		return v.T("人民调解员")
	case tenant.InformationOfficer:
		return v.T("综治信息员")
	case tenant.Volunteer:
		return v.T("群防群治人员")
	case tenant.HouseholdHead:
		return v.T("治安户长")
	case tenant.ConsultationMember:
		return v.T("民主协商成员")
	}
	return string(kind)
}

// As names the posts that the actor holds, unless that is what the actor is
// called: a town begins with a director who has no other name yet.
func (v View) As() string {
	if posts := v.Posts(); posts != v.Actor.Name {
		return posts
	}
	return ""
}

// Posts names the posts that the actor holds.
func (v View) Posts() string {
	names := make([]string, len(v.Actor.Posts))
	for i, kind := range v.Actor.Posts {
		names[i] = v.Post(kind)
	}
	return strings.Join(names, v.T("、"))
}
