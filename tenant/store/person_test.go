package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

func may(session store.Session, need tenant.Permission) store.Access {
	return store.Access{Token: session.Token, Need: need}
}

// today is the day at the town's own place.
func today() time.Time { return tenant.Day(time.Now().In(time.FixedZone("Asia/Shanghai", 8*60*60))) }

// enrolment is a roster's sheet as the import page hands it over.
func enrolment(t *testing.T, town *storetest.Town, session store.Session, sheet [][]string) store.Enrolment {
	t.Helper()
	_, roster, err := town.Store.Roster(t.Context(), may(session, tenant.ReadStaff))
	if err != nil {
		t.Fatal(err)
	}
	e := store.Enrolment{Today: today(), Words: tenant.RosterWords{Posts: map[string]tenant.PostKind{}, Grids: map[string]int{}}}
	for _, kind := range tenant.PostKinds() {
		e.Words.Posts[ui.View{}.Post(kind)] = kind
	}
	for id, name := range roster.Place.Grid.Names() {
		e.Words.Grids[name] = id
	}
	for i, r := range sheet {
		e.Rows = append(e.Rows, tenant.RosterRow{Line: i + 2, Name: r[0], Post: r[1], Grid: r[2], Phone: r[3], Households: r[4], Begins: r[5]})
	}
	return e
}

func TestEnrolCoversTheTown(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	director := signedIn(t, town.Store)
	sheet := storetest.Roster()
	n, err := town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), enrolment(t, town, director, sheet))
	if err != nil || n != len(sheet) {
		t.Fatalf("%d of %d rows: %v", n, len(sheet), err)
	}
	_, roster, err := town.Store.Roster(t.Context(), may(director, tenant.ReadStaff))
	if err != nil {
		t.Fatal(err)
	}
	c := roster.Coverage(today())
	got := []int{
		tenant.Covered(c.Areas), len(c.Areas), tenant.Covered(c.Villages), len(c.Villages), tenant.Covered(c.Groups), len(c.Groups),
		tenant.SumHouseholds(c.Households), tenant.SumHouseholds(c.CommunityHouseholds),
	}
	if diff := cmp.Diff([]int{2, 2, 8, 8, 66, 66, 3647, 474}, got); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	for _, p := range roster.People {
		if p.Name == "赵书记" && p.Phone != "139******01" {
			t.Errorf("the phone is shown as %q", p.Phone)
		}
	}
	if people := len(roster.People); people >= len(sheet) {
		t.Errorf("%d people for %d rows: one with several posts is one person", people, len(sheet))
	}

	_, err = town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), enrolment(t, town, director, sheet))
	if faults, found := errors.AsType[store.RosterError](err); !found || len(faults) != len(sheet) {
		t.Errorf("the same sheet again: %v, want a fault for each row", err)
	}
}

func TestEnrolTakesAllOrNothing(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	director := signedIn(t, town.Store)
	admin := town.Admin(t)
	before := count(t, admin, "select count(*) from audit")
	sheet := storetest.Roster()
	sheet[3][2] = "第九村"
	sheet[5][3] = "620102199001011234"
	sheet[10][5] = "昨天"
	_, err := town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), enrolment(t, town, director, sheet))
	faults, found := errors.AsType[store.RosterError](err)
	if !found || len(faults) != 3 {
		t.Fatalf("error = %v, want three faults", err)
	}
	var kinds []string
	for _, f := range faults {
		kinds = append(kinds, string(f.Kind))
	}
	if got := strings.Join(kinds, " "); got != "grid id_number date" {
		t.Errorf("faults = %s", got)
	}
	if after := count(t, admin, "select count(*) from audit"); after != before {
		t.Errorf("%d rows were written", after-before)
	}
}

// Whoever may not appoint in the pages may not in the database either.
func TestRosterFunctionsKnowTheActor(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	signedIn(t, town.Store)
	town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	leader := signIn(t, town.Store, "wang", storetest.Password)
	app := town.App(t)
	add := `[{"name": "x", "new": "x", "kind": "mediator", "grid": 2, "begins": "2026-01-01"}]`
	for who, token := range map[string][]byte{"nobody": {}, "a village's leader": decode(t, leader.Token)} {
		for name, sql := range map[string]string{
			"appoint":      "select roster_add('" + add + "')",
			"end":          "select holding_end('tenure', 1, current_date, 'xx')",
			"rename":       "select 1/person_change(1, 'x', '')::int",
			"reveal":       "select 1/(phone_reveal(1, 'because') is not null)::int",
			"find phones":  "select 1/count(*) from roster_people(array['王组长'], array['13800000000'])",
			"read phones":  "select phone from person_contact",
			"write person": "insert into person (name) values ('x')",
			"write duty":   "insert into sponsorship (kind, grid_id, person_id, begins_on) values ('village_sponsor', 2, 1, now())",
		} {
			tx, err := app.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), "select enter($1)", token); err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), sql); err == nil {
				t.Errorf("%s may %s", who, name)
			}
			_ = tx.Rollback(t.Context())
		}
	}
}

func TestAdministratorTouchesNoLeaderAndNotHimself(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	director := signedIn(t, town.Store)
	e := enrolment(t, town, director, [][]string{{"管理", "镇管理员", "大柳镇", "", "", ""}})
	if _, err := town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), e); err != nil {
		t.Fatal(err)
	}
	town.Exec(t, `insert into account (person_id, login, password_hash, must_change)
		select (select id from person where name = '管理'), 'guanli', password_hash, false from account where login = 'director'`)
	keeper := signIn(t, town.Store, "guanli", storetest.Password)
	for name, tc := range map[string]struct {
		row  []string
		kind tenant.RosterFaultKind
	}{
		"a leader":           {[]string{"新人", "党委书记", "大柳镇", "", "", ""}, tenant.FaultNotYours},
		"another one":        {[]string{"新人", "镇管理员", "大柳镇", "", "", ""}, tenant.FaultNotYours},
		"himself":            {[]string{"管理", "人民调解员", "第一村", "", "", ""}, tenant.FaultNotYours},
		"a village's leader": {[]string{"新人", "网格长", "第一村", "", "", ""}, ""},
	} {
		_, err := town.Store.Enrol(t.Context(), may(keeper, tenant.WriteStaff), enrolment(t, town, keeper, [][]string{tc.row}))
		faults, _ := errors.AsType[store.RosterError](err)
		if tc.kind == "" && err != nil || tc.kind != "" && (len(faults) != 1 || faults[0].Kind != tc.kind) {
			t.Errorf("%s: %v %v, want %q", name, err, faults, tc.kind)
		}
	}
	if _, err := town.Store.RevealPhone(t.Context(), may(keeper, tenant.ReadPhone), 1, "好奇"); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("the administrator sees phones: %v", err)
	}
}

func TestEndedPostIsOutAtTheNextRequest(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	director := signedIn(t, town.Store)
	town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	leader := signIn(t, town.Store, "wang", storetest.Password)
	person := func() tenant.Person {
		t.Helper()
		_, roster, err := town.Store.Roster(t.Context(), may(director, tenant.ReadStaff))
		if err != nil {
			t.Fatal(err)
		}
		found := roster.Filter(tenant.RosterFilter{Name: "王组长"}, today())
		if len(found) == 0 {
			found = roster.Filter(tenant.RosterFilter{Name: "王组长", Former: true}, today())
		}
		return found[0]
	}
	end := store.Enrolment{Ends: []store.Ending{{Source: "tenure", ID: person().Holdings[0].ID, Day: today(), Reason: "调离"}}}
	if _, err := town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), end); err != nil {
		t.Fatal(err)
	}
	if _, _, err := town.Store.Me(t.Context(), own(leader)); !errors.Is(err, tenant.ErrNotSignedIn) {
		t.Errorf("the session outlives the post: %v", err)
	}
	if h := person().Holdings[0]; h.Reason != "调离" || !h.Over(today()) {
		t.Errorf("the history says %+v", h)
	}
	if _, err := town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), end); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("ending twice: %v", err)
	}
	_, roster, err := town.Store.Roster(t.Context(), may(director, tenant.ReadStaff))
	if err != nil || roster.Place.Grid.Vacant() != 300 {
		t.Errorf("%d seats wait, want 300: %v", roster.Place.Grid.Vacant(), err)
	}
	self := store.Enrolment{Ends: []store.Ending{{Source: "tenure", ID: 1, Day: today().AddDate(0, 0, 1), Reason: "退休"}}}
	if _, err := town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), self); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("the last who manages the town leaves: %v", err)
	}
}

func TestRevealedPhoneIsRemembered(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	director := signedIn(t, town.Store)
	if err := town.Store.ChangePerson(t.Context(), may(director, tenant.WriteStaff), 1, "周 主任", "１３８ 0000 1234"); err != nil {
		t.Fatal(err)
	}
	phone, err := town.Store.RevealPhone(t.Context(), may(director, tenant.ReadPhone), 1, " 通知  开会 ")
	if err != nil || phone != "13800001234" {
		t.Errorf("phone = %q, %v", phone, err)
	}
	if _, err := town.Store.RevealPhone(t.Context(), may(director, tenant.ReadPhone), 1, " "); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("no reason: %v", err)
	}
	admin := town.Admin(t)
	if n := count(t, admin, "select count(*) from access_log where event = 'phone_seen' and what = '1 通知 开会' and account_id = 1"); n != 1 {
		t.Errorf("%d looks are remembered", n)
	}
	if n := count(t, admin, "select count(*) from audit where coalesce(before::text, '') || coalesce(after::text, '') like '%1380000%'"); n != 0 {
		t.Error("the audit holds the number")
	}
}
