package store_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/migrations"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

var server storetest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// signIn opens a session with the password that storetest gives.
func signIn(t *testing.T, s *store.Store, login, password string) store.Session {
	t.Helper()
	session, err := s.SignIn(t.Context(), store.Attempt{Login: login, Password: password}, time.Now())
	if err != nil {
		t.Fatalf("sign in %s: %v", login, err)
	}
	return session
}

// signedIn is the director after the forced change of the password.
func signedIn(t *testing.T, s *store.Store) store.Session {
	t.Helper()
	first := signIn(t, s, "director", storetest.FirstPassword)
	session, err := s.ChangePassword(t.Context(),
		store.Access{Token: first.Token, Need: tenant.OwnAccount},
		store.Attempt{Password: storetest.FirstPassword, Device: first.Device}, storetest.Password, time.Now())
	if err != nil {
		t.Fatalf("change password: %v", err)
	}
	return session
}

func TestReadiness(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	got, err := town.Store.Readiness(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := store.Ready{UID: "uid-" + string(town.Code), Code: town.Code, Name: "大柳镇", Version: migrations.Latest()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("readiness (-want +got):\n%s", diff)
	}
}

// Every number on a page is the length of a list of rows, and these are the
// numbers of the case study.
func TestInvariant10PlaceCountsWhatTheCharterLaysDown(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	session := signedIn(t, town.Store)
	actor, place, err := town.Store.Place(t.Context(), store.Access{Token: session.Token, Need: tenant.ReadGrid})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]tenant.PostKind{tenant.CentreDirector}, actor.Posts); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	want := tenant.Establishment{
		Level1: 1, Level2: 8, Level3: 66, Committees: 8, Mediators: 47, InformationOfficers: 28, Volunteers: 25,
		HouseHeads: 41, ConsultationBodies: 8, ConsultationMembers: 82, Areas: 2, Units: 7,
	}
	if diff := cmp.Diff(want, place.Establishment()); diff != "" {
		t.Errorf("establishment (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(storetest.Daliu().Establishment(), place.Establishment()); diff != "" {
		t.Errorf("charter and rows disagree (-charter +rows):\n%s", diff)
	}
	if gaps := place.Grid.Gaps(); len(gaps) > 0 {
		t.Errorf("fresh town has gaps: %v", gaps)
	}
	if got := place.CommunityHouseholds(); got != 474 {
		t.Errorf("community households = %d, want 474 beside the town's 3647", got)
	}
	top := place.Grid.Tree()[0]
	if *top.Households != 3647 || *top.Population != 14091 {
		t.Errorf("town has %d households and %d people", *top.Households, *top.Population)
	}
}
