package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/web/locale"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

func TestSeal(t *testing.T) {
	t.Parallel()

	for town, want := range map[string]string{
		"大柳镇": "柳", "永昌街道": "昌", "东河乡": "河", "东乡族自治县达板镇": "板", "永丰街道办事处": "丰", "镇": "镇", "街道": "道", "": "安",
	} {
		if got := (ui.View{Town: town}).Seal(); got != want {
			t.Errorf("seal of %q = %q, want %q", town, got, want)
		}
	}
}

func TestViewDate(t *testing.T) {
	t.Parallel()

	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2021, 9, 17, 20, 30, 0, 0, time.UTC)
	for language, want := range map[locale.Language]string{
		locale.Chinese: "2021年9月17日 星期五", locale.English: "Fri 17 September 2021",
	} {
		if got := (ui.View{Speaker: words.In(language)}).Date(day); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
}

func TestTitleSaysThatAFormIsRefused(t *testing.T) {
	t.Parallel()

	for want, v := range map[string]ui.View{
		"登录 · 大柳镇":       {Town: "大柳镇"},
		"登录":             {},
		"请改正 · 登录 · 大柳镇": {Town: "大柳镇", InForm: true},
	} {
		if got := v.Title("登录"); got != want {
			t.Errorf("title = %q, want %q", got, want)
		}
	}
}

func TestMenu(t *testing.T) {
	t.Parallel()

	for want, actor := range map[string]tenant.Actor{
		"":                              {},
		"/ /grid /people /sponsors /me": {Posts: []tenant.PostKind{tenant.Mayor}},
		"/ /me":                         {Posts: []tenant.PostKind{tenant.Volunteer}},
		"/me":                           {Posts: []tenant.PostKind{tenant.Mayor}, MustChange: true},
	} {
		var paths []string
		for _, e := range (ui.View{Actor: actor}).Menu() {
			paths = append(paths, e.Path)
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("menu = %q, want %q", got, want)
		}
	}
	for path, want := range map[string]string{"/": "/", "/grid": "/grid", "/me": "/me", "/me/password": "/me", "/mean": ""} {
		for _, entry := range []string{"/", "/grid", "/me"} {
			if got := (ui.View{Path: path}).Here(entry); got != (entry == want) {
				t.Errorf("at %s the menu marks %s: %v", path, entry, got)
			}
		}
	}
}

func TestAs(t *testing.T) {
	t.Parallel()

	director := []tenant.PostKind{tenant.CentreDirector}
	for name, want := range map[string]string{"综治中心主任": "", "张三": "综治中心主任"} {
		if got := (ui.View{Actor: tenant.Actor{Name: name, Posts: director}}).As(); got != want {
			t.Errorf("%s is shown as %q, want %q", name, got, want)
		}
	}
}
