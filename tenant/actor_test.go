package tenant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
)

func TestCan(t *testing.T) {
	t.Parallel()

	all := []tenant.PostKind{
		tenant.PartySecretary, tenant.Mayor, tenant.CentreDirector, tenant.GridLeader, tenant.Mediator,
		tenant.InformationOfficer, tenant.Volunteer, tenant.HouseholdHead, tenant.ConsultationMember,
	}
	readsGrid := map[tenant.PostKind]bool{
		tenant.PartySecretary: true, tenant.Mayor: true, tenant.CentreDirector: true, tenant.GridLeader: true, tenant.InformationOfficer: true,
	}
	for _, post := range all {
		posts := []tenant.PostKind{post}
		got := map[tenant.Permission]bool{}
		for _, p := range []tenant.Permission{tenant.OwnAccount, tenant.ReadHome, tenant.ReadGrid, "", "everything"} {
			got[p] = tenant.Can(posts, p)
		}
		want := map[tenant.Permission]bool{
			tenant.OwnAccount: true, tenant.ReadHome: true, tenant.ReadGrid: readsGrid[post], "": false, "everything": false,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", post, diff)
		}
	}
	if tenant.Can(nil, tenant.OwnAccount) {
		t.Error("somebody without a post has an account of their own")
	}
	if !tenant.Can([]tenant.PostKind{tenant.Volunteer, tenant.GridLeader}, tenant.ReadGrid) {
		t.Error("the second post does not count")
	}
}

// The table of roles and permissions, for what concerns the town's people.
func TestGrants(t *testing.T) {
	t.Parallel()

	asked := []tenant.Permission{tenant.ReadStaff, tenant.WriteStaff, tenant.ExportStaff, tenant.ReadPhone, tenant.KeepAccounts}
	for kind, want := range map[tenant.PostKind]string{
		tenant.PartySecretary: "r--p-", tenant.Mayor: "r--p-", tenant.CentreDirector: "rwxpk", tenant.TownAdministrator: "rw--k",
		tenant.GridLeader: "r--p-", tenant.VillageSponsor: "r----", tenant.GroupSponsor: "r----", tenant.InformationOfficer: "r----",
		tenant.HouseholdSponsor: "-----", tenant.Mediator: "-----", tenant.Volunteer: "-----", tenant.HouseholdHead: "-----",
		tenant.ConsultationMember: "-----", "resident": "-----",
	} {
		got := []byte("-----")
		for i, p := range asked {
			if tenant.Can([]tenant.PostKind{kind}, p) {
				got[i] = "rwxpk"[i]
			}
		}
		if string(got) != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
	for _, kind := range tenant.PostKinds() {
		if !tenant.Can([]tenant.PostKind{kind}, tenant.OwnAccount) {
			t.Errorf("%s can't change the own password", kind)
		}
	}
}

func TestActorAllow(t *testing.T) {
	t.Parallel()

	director := tenant.Actor{Posts: []tenant.PostKind{tenant.CentreDirector}}
	newcomer := director
	newcomer.MustChange = true
	for name, tc := range map[string]struct {
		actor tenant.Actor
		need  tenant.Permission
		want  error
	}{
		"the director reads the grid":               {director, tenant.ReadGrid, nil},
		"a newcomer changes the password":           {newcomer, tenant.OwnAccount, nil},
		"a newcomer does nothing else":              {newcomer, tenant.ReadHome, tenant.ErrMustChange},
		"a newcomer is not told what is not theirs": {newcomer, "everything", tenant.ErrForbidden},
		"nobody does nothing":                       {tenant.Actor{}, tenant.OwnAccount, tenant.ErrForbidden},
	} {
		if err := tc.actor.Allow(tc.need); !errors.Is(err, tc.want) {
			t.Errorf("%s: error = %v, want %v", name, err, tc.want)
		}
	}
}

func TestWait(t *testing.T) {
	t.Parallel()

	for failures, want := range map[int]time.Duration{
		-1: 0, 0: 0, 1: 0, 2: 0, 3: 2 * time.Second, 4: 4 * time.Second, 5: 8 * time.Second,
		11: 512 * time.Second, 12: 15 * time.Minute, 13: 15 * time.Minute, 1 << 40: 15 * time.Minute,
	} {
		if got := tenant.Wait(failures); got != want {
			t.Errorf("wait after %d = %v, want %v", failures, got, want)
		}
	}
	waits := tenant.Waits()
	if len(waits) != 12 || waits[0] != 0 || waits[2] != 2*time.Second || waits[11] != 15*time.Minute {
		t.Errorf("waits = %v", waits)
	}
}

func TestFaultOf(t *testing.T) {
	t.Parallel()

	for password, want := range map[string]tenant.PasswordFault{
		"渠水长流 2021 年":             "",
		"小事不出村大事不出镇":              "",
		"mbhq-7xkd-p3nw-zrt9":     "",
		"correct horse staple":    "",
		"短口令":                     tenant.PasswordShort,
		"123456789":               tenant.PasswordShort,
		"old password of mine":    tenant.PasswordSame,
		"Director1999大柳":          tenant.PasswordOfLogin,
		"1234567890":              tenant.PasswordSimple,
		"0987654321":              tenant.PasswordSimple,
		"aaaaaaaaaaaa":            tenant.PasswordSimple,
		"ababababababab":          tenant.PasswordSimple,
		"qwertyuiop":              tenant.PasswordSimple,
		"password123":             tenant.PasswordSimple,
		"Password1234":            tenant.PasswordSimple,
		"admin12345":              tenant.PasswordSimple,
		"1qaz2wsx3edc":            tenant.PasswordSimple,
		"woaini1234":              tenant.PasswordSimple,
		string(make([]byte, 129)): tenant.PasswordLong,
	} {
		if got := tenant.FaultOf(password, "director", "old password of mine"); got != want {
			t.Errorf("fault of %q = %q, want %q", password, got, want)
		}
	}
}
