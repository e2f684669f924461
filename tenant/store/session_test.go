package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

func own(session store.Session) store.Access {
	return store.Access{Token: session.Token, Need: tenant.OwnAccount}
}

func TestSignInRefusesAllAlike(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	town.Employ(t, "postless", "无岗")
	town.Employ(t, "disabled", "停用", "grid_leader@第二村")
	town.Exec(t, "update account set disabled_at = now() where login = 'disabled'")
	for name, tc := range map[string]store.Attempt{
		"wrong password":         {Login: "wang", Password: "不是这个口令 123"},
		"login nobody has":       {Login: "nobody", Password: storetest.Password},
		"account without a post": {Login: "postless", Password: storetest.Password},
		"disabled account":       {Login: "disabled", Password: storetest.Password},
		"no login":               {Password: storetest.Password},
		"injection as the login": {Login: "wang' or 'a'='a", Password: storetest.Password},
		"forged device":          {Login: "wang", Password: "x", Device: "%%%"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := town.Store.SignIn(t.Context(), tc, time.Now())
			if !errors.Is(err, tenant.ErrInvalid) || err.Error() != "sign in: invalid" {
				t.Errorf("error = %v, want just that it is invalid", err)
			}
		})
	}
}

func TestSignInForgivesCaseAndSpaceInTheLogin(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	signIn(t, town.Store, " Director ", storetest.FirstPassword)
}

func TestWrongPasswordsAreSlowedDown(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	now := time.Now()
	usual, err := town.Store.SignIn(t.Context(), store.Attempt{Login: "wang", Password: storetest.Password}, now)
	if err != nil {
		t.Fatal(err)
	}
	try := func(password, device string, after time.Duration) error {
		_, err := town.Store.SignIn(t.Context(), store.Attempt{Login: "wang", Password: password, Device: device}, now.Add(after))
		return err
	}
	for n := range 3 {
		if err := try("wrong", "", time.Second); !errors.Is(err, tenant.ErrInvalid) {
			t.Fatalf("wrong password %d: error = %v", n+1, err)
		}
	}
	if err := try(storetest.Password, "", 2*time.Second); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("right password of a stranger during the wait: error = %v, want invalid", err)
	}
	if err := try(storetest.Password, usual.Device, 2*time.Second); err != nil {
		t.Errorf("the browser that is known waits for what strangers did: %v", err)
	}
	if err := try(storetest.Password, "", 4*time.Second); err != nil {
		t.Errorf("right password after the wait: %v", err)
	}
	for range 3 {
		_ = try("wrong", usual.Device, 5*time.Second)
	}
	err = try(storetest.Password, usual.Device, 6*time.Second)
	var soon store.TooSoonError
	if !errors.As(err, &soon) || !errors.Is(err, tenant.ErrTooSoon) {
		t.Fatalf("known browser during its wait: error = %v, want too soon", err)
	}
	if want := now.Add(7 * time.Second); soon.Until.Sub(want).Abs() > time.Millisecond {
		t.Errorf("next try at %v, want %v", soon.Until, want)
	}
}

// Tries side by side must count as many: 20 at once are not 20 free ones.
func TestWrongPasswordsSideBySideAllCount(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	now := time.Now()
	var tries sync.WaitGroup
	for range 20 {
		tries.Go(func() {
			_, _ = town.Store.SignIn(t.Context(), store.Attempt{Login: "director", Password: "wrong"}, now)
		})
	}
	tries.Wait()
	var heard int
	if err := town.Admin(t).QueryRow(t.Context(), "select count(*) from access_log where event = 'sign_in_try'").Scan(&heard); err != nil {
		t.Fatal(err)
	}
	if heard != 3 {
		t.Errorf("%d of 20 tries at one instant were heard, want the 3 free ones", heard)
	}
}

func TestSessionEndsAtOnce(t *testing.T) {
	t.Parallel()

	for name, end := range map[string]string{
		"the session expired":      "update session set opened_at = now() - interval '13 hours', expires_at = now() - interval '1 second'",
		"the account was disabled": "update account set disabled_at = now() where login = 'wang'",
		"the tenure ended":         "update tenure set ends_on = begins_on where person_id = (select person_id from account where login = 'wang')",
		"the post was closed":      "update post set closed_on = current_date where kind = 'grid_leader'",
		"the session was removed":  "delete from session",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			town := server.Town(t)
			town.Employ(t, "wang", "王组长", "grid_leader@第一村")
			session := signIn(t, town.Store, "wang", storetest.Password)
			if _, _, err := town.Store.Me(t.Context(), own(session)); err != nil {
				t.Fatalf("fresh session: %v", err)
			}
			town.Exec(t, end)
			if _, _, err := town.Store.Me(t.Context(), own(session)); !errors.Is(err, tenant.ErrNotSignedIn) {
				t.Errorf("error = %v, want not signed in", err)
			}
			if _, _, err := town.Store.Place(t.Context(), store.Access{Token: session.Token, Need: tenant.ReadGrid}); !errors.Is(err, tenant.ErrNotSignedIn) {
				t.Errorf("place: error = %v, want not signed in", err)
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	session := signIn(t, town.Store, "director", storetest.FirstPassword)
	for _, token := range []string{session.Token, session.Token, "", "no token"} {
		if err := town.Store.SignOut(t.Context(), token); err != nil {
			t.Errorf("sign out: %v", err)
		}
	}
	if _, _, err := town.Store.Me(t.Context(), own(session)); !errors.Is(err, tenant.ErrNotSignedIn) {
		t.Errorf("error = %v, want not signed in", err)
	}
}

func TestFirstPasswordOpensNothingButItsChange(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	first := signIn(t, town.Store, "director", storetest.FirstPassword)
	if _, _, err := town.Store.Place(t.Context(), store.Access{Token: first.Token, Need: tenant.ReadHome}); !errors.Is(err, tenant.ErrMustChange) {
		t.Fatalf("home: error = %v, want that the password must be changed", err)
	}
	for name, tc := range map[string]struct {
		old, next string
		want      error
	}{
		"wrong old password":  {old: "wrong", next: storetest.Password, want: tenant.ErrInvalid},
		"short new password":  {old: storetest.FirstPassword, next: "短", want: store.WeakPasswordError(tenant.PasswordShort)},
		"the same once more":  {old: storetest.FirstPassword, next: storetest.FirstPassword, want: store.WeakPasswordError(tenant.PasswordSame)},
		"holds the login":     {old: storetest.FirstPassword, next: "Director 2021 大柳镇", want: store.WeakPasswordError(tenant.PasswordOfLogin)},
		"what everybody uses": {old: storetest.FirstPassword, next: "1234567890", want: store.WeakPasswordError(tenant.PasswordSimple)},
	} {
		_, err := town.Store.ChangePassword(t.Context(), own(first), store.Attempt{Password: tc.old, Device: first.Device}, tc.next, time.Now())
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: error = %v, want %v", name, err, tc.want)
		}
	}

	other := signIn(t, town.Store, "director", storetest.FirstPassword)
	session, err := town.Store.ChangePassword(t.Context(), own(first),
		store.Attempt{Password: storetest.FirstPassword, Device: first.Device}, storetest.Password, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, old := range map[string]store.Session{"the session it was changed in": first, "another session": other} {
		if _, _, err := town.Store.Me(t.Context(), own(old)); !errors.Is(err, tenant.ErrNotSignedIn) {
			t.Errorf("%s still works: error = %v", name, err)
		}
	}
	if _, _, err := town.Store.Place(t.Context(), store.Access{Token: session.Token, Need: tenant.ReadHome}); err != nil {
		t.Errorf("home after the change: %v", err)
	}
	if _, err := town.Store.SignIn(t.Context(), store.Attempt{Login: "director", Password: storetest.FirstPassword}, time.Now()); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("old password: error = %v, want invalid", err)
	}
}

func TestAccessWithoutPermissionIsRefused(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	town.Employ(t, "li", "李调解", "mediator@第一村")
	session := signIn(t, town.Store, "li", storetest.Password)
	for need, want := range map[tenant.Permission]error{
		"": tenant.ErrForbidden, "anything": tenant.ErrForbidden, tenant.ReadGrid: tenant.ErrForbidden, tenant.ReadHome: nil,
	} {
		_, place, err := town.Store.Place(t.Context(), store.Access{Token: session.Token, Need: need})
		if !errors.Is(err, want) {
			t.Errorf("need %q: error = %v, want %v", need, err, want)
		}
		if err != nil && (place.Name != "" || len(place.Grid.Units) > 0) {
			t.Errorf("need %q: refused, and yet it tells of %s", need, place.Name)
		}
	}
}

func TestUnreachableTownIsUnavailable(t *testing.T) {
	t.Parallel()

	for name, url := range map[string]string{
		"nobody listens":     "postgres://t_x_app_a:secret-word@127.0.0.1:1/t_x?sslmode=disable",
		"no such host":       "postgres://t_x_app_a:secret-word@town.invalid:5432/t_x?sslmode=disable",
		"the password is it": strings.Replace(server.Town(t).Config.ConnString, "app_a:", "app_a:not-", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s, err := store.Open(t.Context(), store.Config{ConnString: url, SigningKey: make([]byte, 32)})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, ready := s.Readiness(t.Context())
			_, signIn := s.SignIn(t.Context(), store.Attempt{Login: "director", Password: "a citizen's word"}, time.Now())
			for _, err := range []error{ready, signIn, s.SignOut(t.Context(), "")} {
				if !errors.Is(err, tenant.ErrUnavailable) {
					t.Errorf("error = %v, want unavailable", err)
				}
				if text := fmt.Sprint(err); strings.Contains(text, "secret-word") || strings.Contains(text, "citizen") {
					t.Errorf("error tells a secret: %s", text)
				}
			}
		})
	}
}

func TestOpenRefusesWhatCannotBeRight(t *testing.T) {
	t.Parallel()

	for name, config := range map[string]store.Config{
		"no key":          {ConnString: "postgres://x@127.0.0.1/x"},
		"a short key":     {ConnString: "postgres://x@127.0.0.1/x", SigningKey: make([]byte, 16)},
		"a broken string": {ConnString: "postgres://u:secret-word@[::1", SigningKey: make([]byte, 32)},
	} {
		_, err := store.Open(t.Context(), config)
		if !errors.Is(err, tenant.ErrInvalid) || strings.Contains(fmt.Sprint(err), "secret-word") {
			t.Errorf("%s: error = %v, want invalid and no secret", name, err)
		}
	}
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	if _, err := town.Store.Readiness(t.Context()); err != nil {
		t.Fatal(err)
	}
	town.Store.Close()
	if _, err := town.Store.Readiness(t.Context()); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("error = %v, want unavailable", err)
	}
}
