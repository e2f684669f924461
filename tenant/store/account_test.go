package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

func TestAccountIsOpenedResetAndDisabled(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	director := signedIn(t, town.Store)
	rows := [][]string{{"王五", "网格长", "第一村", "", "", ""}, {"管理", "镇管理员", "大柳镇", "", "", ""}, {"赵", "党委书记", "大柳镇", "", "", ""}}
	if _, err := town.Store.Enrol(t.Context(), may(director, tenant.WriteStaff), enrolment(t, town, director, rows)); err != nil {
		t.Fatal(err)
	}
	id := func(name string) int {
		return count(t, town.Admin(t), "select id from person where name = $1", name)
	}
	keep := may(director, tenant.KeepAccounts)
	password, err := town.Store.IssuePassword(t.Context(), keep, id("王五"), "Wangwu")
	if err != nil {
		t.Fatal(err)
	}
	first := signIn(t, town.Store, "wangwu", password)
	if _, _, err := town.Store.Place(t.Context(), may(first, tenant.ReadGrid)); !errors.Is(err, tenant.ErrMustChange) {
		t.Errorf("the one-time password opens more than its change: %v", err)
	}
	if _, err := town.Store.IssuePassword(t.Context(), keep, id("赵"), "wangwu"); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("a login of somebody else: %v", err)
	}
	if _, err := town.Store.IssuePassword(t.Context(), keep, id("赵"), "赵"); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("no login: %v", err)
	}
	if _, err := town.Store.IssuePassword(t.Context(), keep, 1, "director"); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("the own account: %v", err)
	}
	again, err := town.Store.IssuePassword(t.Context(), keep, id("王五"), "wangwu")
	if err != nil || again == password {
		t.Errorf("reset: %v", err)
	}
	if _, _, err := town.Store.Me(t.Context(), own(first)); !errors.Is(err, tenant.ErrNotSignedIn) {
		t.Errorf("the session outlives the reset: %v", err)
	}
	second := signIn(t, town.Store, "wangwu", again)
	if err := town.Store.SwitchAccount(t.Context(), keep, id("王五"), false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := town.Store.Me(t.Context(), own(second)); !errors.Is(err, tenant.ErrNotSignedIn) {
		t.Errorf("the session outlives the account: %v", err)
	}
	if _, err := town.Store.SignIn(t.Context(), store.Attempt{Login: "wangwu", Password: again}, time.Now()); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("a disabled account signs in: %v", err)
	}

	if _, err := town.Store.IssuePassword(t.Context(), keep, id("管理"), "guanli"); err != nil {
		t.Fatal(err)
	}
	town.Exec(t, "update account set must_change = false, password_hash = (select password_hash from account where login = 'director') where login = 'guanli'")
	keeper := may(signIn(t, town.Store, "guanli", storetest.Password), tenant.KeepAccounts)
	for _, leader := range []int{1, id("赵"), id("管理")} {
		if _, err := town.Store.IssuePassword(t.Context(), keeper, leader, "somebody"); !errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("the administrator issues a password for person %d: %v", leader, err)
		}
	}
	if err := town.Store.SwitchAccount(t.Context(), keeper, id("王五"), true); err != nil {
		t.Errorf("the administrator enables a village's leader: %v", err)
	}
	app := town.App(t)
	for _, sql := range []string{"select password_hash from account", "select 1/account_issue(2, 'x', '$argon2id$', sha256('x'))::int"} {
		if _, err := app.Exec(t.Context(), sql); err == nil {
			t.Errorf("the application may %s", sql)
		}
	}
}
