package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// mostWeight is what a page may weigh on the way to a phone, in bytes.
const mostWeight = 60 << 10

// A page is one that the checks look at, and who looks.
type page struct {
	name, path, session string
	send                map[string]string // a form to send first
}

// TestPagesAreForEverybody looks at every page on a phone and on a desk, in
// large type and in English: nothing keeps people with impairments out,
// nothing scrolls sideways, what is touched is large enough, the page is light
// and has no script.
func TestPagesAreForEverybody(t *testing.T) {
	town := server.Town(t)
	base := serve(t, town)
	director := signedIn(t, town).Token
	town.Employ(t, "newcomer", "刘新", "information_officer@第三村")
	town.Exec(t, "update account set must_change = true where login = 'newcomer'")
	town.Employ(t, "mediator", "李调解", "mediator@第一村")
	town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	town.Employ(t, "damage", "赵", "grid_leader@第二村")
	town.Exec(t, "delete from tenure where person_id = (select person_id from account where login = 'damage')")
	town.Exec(t, `delete from post where kind = 'grid_leader' and grid_id = (select g.id from grid_unit g join grid_unit v on v.id = g.parent_id where v.name = '第三村' and g.name = '5组')`)
	fill(t, town, director)
	newcomer := signedInAs(t, town, "newcomer").Token
	mediator := signedInAs(t, town, "mediator").Token
	leader := signedInAs(t, town, "wang").Token

	pages := []page{
		{name: "sign-in", path: "/sign-in"},
		{name: "sign-in-refused", path: "/sign-in", send: map[string]string{"login": "director", "password": "wrong"}},
		{name: "first-password", path: "/me/password", session: newcomer},
		{name: "home", path: "/", session: director},
		{name: "home-village", path: "/", session: leader},
		{name: "grid", path: "/grid", session: director},
		{name: "grid-village", path: "/grid", session: leader},
		{name: "people", path: "/people", session: director},
		{name: "people-village", path: "/people", session: leader},
		{name: "people-none", path: "/people?name=x", session: director},
		{name: "person", path: "/people/1", session: director},
		{name: "person-account", path: "/people/2", session: director},
		{name: "import", path: "/people/import", session: director},
		{name: "sponsors", path: "/sponsors", session: director},
		{name: "sponsors-edit", path: "/sponsors/edit", session: director},
		{name: "me", path: "/me", session: director},
		{name: "password", path: "/me/password", session: director},
		{name: "password-refused", path: "/me/password", session: director, send: map[string]string{"old": "x", "new": "1234567890", "again": "1234567890"}},
		{name: "not-found", path: "/nowhere", session: director},
		{name: "forbidden", path: "/grid", session: mediator},
	}
	script := axe(t)
	for _, width := range []int64{390, 1280} {
		for _, view := range []string{"normal.zh-CN", "large.zh-CN", "normal.en", "large.en"} {
			t.Run(fmt.Sprintf("%d/%s", width, view), func(t *testing.T) {
				b := open(t, base, width)
				b.forget()
				for _, p := range pages {
					b.cookie("view", view)
					b.cookie("session", p.session)
					b.visit(p.path)
					weigh(b, p)
					if p.send != nil {
						b.send(p.send)
					}
					b.picture(fmt.Sprintf("%s-%d-%s", p.name, width, view))
					inspect(b, p, script, width)
				}
			})
		}
	}
}

// fill gives the town its roster, but for one village and three groups.
func fill(t *testing.T, town *storetest.Town, token string) {
	t.Helper()
	access := store.Access{Token: token, Need: tenant.WriteStaff}
	_, roster, err := town.Store.Roster(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	words := tenant.RosterWords{Posts: map[string]tenant.PostKind{}, Grids: map[string]int{}}
	for _, kind := range tenant.PostKinds() {
		words.Posts[ui.View{}.Post(kind)] = kind
	}
	for id, name := range roster.Place.Grid.Names() {
		words.Grids[name] = id
	}
	var rows []tenant.RosterRow
	for i, r := range storetest.Roster() {
		if r[1] == "网格长" && (r[2] == "第一村" || r[2] == "第二村") || r[1] == "包村领导" && r[2] == "第四村" ||
			r[1] == "包组干部" && i > 140 && i < 148 {
			continue // somebody is there already, or a gap is to be seen
		}
		rows = append(rows, tenant.RosterRow{Line: i, Name: r[0], Post: r[1], Grid: r[2], Phone: r[3], Households: r[4], Begins: r[5]})
	}
	if _, err := town.Store.Enrol(t.Context(), access, store.Enrolment{Rows: rows, Words: words, Today: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// weigh adds up what came over the network.
func weigh(b *browser, p page) {
	b.t.Helper()
	weight := evaluate[int](b, `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
		.reduce((sum, e) => sum + e.transferSize, 0)`)
	b.t.Logf("%s: %.1f KiB", p.name, float64(weight)/1024)
	if weight > mostWeight || weight == 0 {
		b.t.Errorf("%s weighs %d bytes, more than %d", p.name, weight, mostWeight)
	}
}

func inspect(b *browser, p page, script string, width int64) {
	b.t.Helper()
	if b.text("document.querySelector('main').textContent.trim()") == "" {
		b.t.Fatalf("%s is empty", p.name)
	}
	if n := evaluate[int](b, "document.scripts.length"); n > 0 {
		b.t.Errorf("%s has %d scripts", p.name, n)
	}
	if wide := evaluate[int64](b, "document.documentElement.scrollWidth"); wide > width {
		b.t.Errorf("%s is %d wide in a window of %d: %s", p.name, wide, width, b.text(`[...document.querySelectorAll('body *')]
			.filter(e => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== 'absolute')
			.map(e => e.tagName + '.' + e.getAttribute('class')).slice(0, 5).join(' ')`))
	}
	if width < 500 {
		if small := b.text(smallTargets); small != "" {
			b.t.Errorf("%s has targets below 44 px: %s", p.name, small)
		}
	}
	b.do(chromedp.Evaluate[chromedp.Void](script))
	violations := violationsOf(b)
	if len(violations) > 0 {
		b.t.Errorf("%s: axe finds\n%s", p.name, strings.Join(violations, "\n"))
	}
}

// violationsOf is what axe finds on the page.
func violationsOf(b *browser) []string {
	b.t.Helper()
	return evaluate[[]string](b, `axe.run().then(r => r.violations.map(v =>
		v.id + ': ' + v.help + ' at ' + v.nodes.map(n => n.target + ' ' + (n.any[0]?.message ?? '')).slice(0, 3).join('; ')))`,
		chromedp.EvalAwaitPromise)
}

// TestAxeFindsWhatIsWrong keeps the checks above honest.
func TestAxeFindsWhatIsWrong(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	b := open(t, serve(t, town), 390)
	b.visit("/sign-in")
	b.do(chromedp.Evaluate[chromedp.Void](axe(t)))
	b.text("document.querySelector('label').remove(); document.querySelector('h1').style.color = '#bbb'; ''")
	found := strings.Join(violationsOf(b), "\n")
	for _, want := range []string{"label: ", "color-contrast: "} {
		if !strings.Contains(found, want) {
			t.Errorf("axe does not find %s in\n%s", want, found)
		}
	}
}

// smallTargets lists what can be touched and is smaller than a thumb. A link
// within a sentence is as high as its line.
const smallTargets = `[...document.querySelectorAll('a, button, summary, select, input:not([type=hidden])')]
	.filter(e => e.checkVisibility() && !e.closest('.skip'))
	.map(e => [e, e.getBoundingClientRect()])
	.filter(([e, r]) => r.width > 0 && r.right > 0 && (r.height < 44 || r.width < 44))
	.map(([e, r]) => e.tagName + ' ' + e.textContent.trim().slice(0, 12) + ' ' + Math.round(r.width) + 'x' + Math.round(r.height))
	.join(', ')`
