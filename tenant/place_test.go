package tenant_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
)

func TestParseCode(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]error{
		"620602130000":      nil,
		"620602130001":      tenant.ErrInvalid, // a community's
		"62060213000":       tenant.ErrInvalid,
		"6206021300000":     tenant.ErrInvalid,
		"62060213A000":      tenant.ErrInvalid,
		"62060213\uff10000": tenant.ErrInvalid,
		"620602'--000":      tenant.ErrInvalid,
		"":                  tenant.ErrInvalid,
	} {
		code, err := tenant.ParseCode(text)
		if !errors.Is(err, want) || err == nil && string(code) != text {
			t.Errorf("ParseCode(%q) = %q, %v; want error %v", text, code, err, want)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("620602130000")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := tenant.ParseCode(text)
		if err == nil && (len(code) != 12 || code[9:] != "000") {
			t.Errorf("ParseCode(%q) = %q", text, code)
		}
	})
}

func TestPlaceCounts(t *testing.T) {
	t.Parallel()

	g := town()
	g.Posts = append(g.Posts,
		tenant.Post{Kind: tenant.Mediator, GridID: 2}, tenant.Post{Kind: tenant.Mediator, GridID: 3},
		tenant.Post{Kind: tenant.ConsultationMember, GridID: 1})
	p := tenant.Place{
		Grid: g, Areas: []tenant.Area{{}, {}}, Units: []tenant.Unit{{}},
		Committees: []tenant.Body{{}, {}}, Bodies: []tenant.Body{{}},
	}
	want := tenant.Establishment{
		Level1: 1, Level2: 3, Level3: 4, Committees: 2, Mediators: 2, ConsultationBodies: 1, ConsultationMembers: 1, Areas: 2, Units: 1,
	}
	if diff := cmp.Diff(want, p.Establishment()); diff != "" {
		t.Errorf("establishment (-want +got):\n%s", diff)
	}
	if got := p.CommunityHouseholds(); got != 474 {
		t.Errorf("community households = %d, want 474, without the villages'", got)
	}
}
