package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/provision"
)

func TestATownIsBuiltFromNothing(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	charter := daliu(newCode())
	b := build(t, s, charter)

	got, err := s.Establishment(t.Context(), charter.Code, b.rollup)
	must(t, err)
	want := tenant.Establishment{
		Level1: 1, Level2: 8, Level3: 66, Committees: 8, Mediators: 47, InformationOfficers: 28, Volunteers: 25, HouseHeads: 41,
		ConsultationBodies: 8, ConsultationMembers: 82, Areas: 2, Units: 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("establishment (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, charter.Establishment()); diff != "" {
		t.Errorf("the charter's own count (-want +got):\n%s", diff)
	}
}

// Invariant 3: at rest there are no writes. What was built needs no change.
func TestInvariant3NothingIsLeftToDo(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	charter := daliu(newCode())
	b := build(t, s, charter)

	seen := observe(t, s, charter.Code)
	roles, err := provision.DiffRoles(b.id, seen)
	must(t, err)
	if changes := append(roles, provision.DiffDatabase(b.id, seen)...); len(changes) > 0 {
		t.Errorf("changes on a finished town: %v", changes)
	}
	mark, _ := seen.Database.Mark()
	before := auditRows(t, charter.Code)
	again, err := s.EnsureSchema(t.Context(), charter.Code, mark)
	must(t, err)
	again, err = s.EnsureSeed(t.Context(), again, seedOf(b, charter))
	must(t, err)
	if again != b.mark {
		t.Errorf("mark = %+v, want %+v", again, b.mark)
	}
	if after := auditRows(t, charter.Code); after != before {
		t.Errorf("a second seed wrote %d audit rows", after-before)
	}
}

// A seed that is written again although its digest was lost changes no row.
func TestInvariant3SeedIsIdempotent(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	charter := daliu(newCode())
	b := build(t, s, charter)
	before := auditRows(t, charter.Code)
	forgotten := b.mark
	forgotten.Seed = ""
	_, err := s.EnsureSeed(t.Context(), forgotten, seedOf(b, charter))
	must(t, err)
	if after := auditRows(t, charter.Code); after != before {
		t.Errorf("the same seed wrote %d audit rows", after-before)
	}
}

func auditRows(t *testing.T, code tenant.Code) int {
	t.Helper()
	var n int
	must(t, asSuperuser(t, provision.NamesOf(code).Database).QueryRow(t.Context(), "select count(*) from town.audit").Scan(&n))
	return n
}

func TestChangedChartersAreAddedAndNeverTakenAway(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	charter := daliu(newCode())
	b := build(t, s, charter)
	mark := b.mark

	grown := daliu(charter.Code)
	grown.Households = 3700
	grown.Grids[0].Groups++
	grown.Grids[0].Mediators++
	grown.Grids = append(grown.Grids, tenant.CharterGrid{Kind: tenant.Village, Name: "第八村", Groups: 2, Mediators: 3})
	grown.Areas[0].Grids = append(grown.Areas[0].Grids, "第八村")
	mark, err := s.EnsureSeed(t.Context(), mark, seedOf(b, grown))
	must(t, err)
	got, err := s.Establishment(t.Context(), charter.Code, b.rollup)
	must(t, err)
	if diff := cmp.Diff(grown.Establishment(), got); diff != "" {
		t.Errorf("after growing (-want +got):\n%s", diff)
	}
	var code string
	must(t, asSuperuser(t, b.names.Database).QueryRow(t.Context(), "select code from town.grid_unit where name = '第八村'").Scan(&code))
	if want := string(charter.Code[:9]) + "207"; code != want {
		t.Errorf("code of the eighth village = %s, want %s", code, want)
	}

	for name, change := range map[string]struct {
		charter func() tenant.Charter
		says    string
	}{
		"a village is left out":     {func() tenant.Charter { c := grown; c.Grids = c.Grids[1:]; return c }, "village 第一村"},
		"a village loses a group":   {func() tenant.Charter { return withGrid(grown, func(g *tenant.CharterGrid) { g.Groups-- }) }, "groups of 第一村 (10, not 9)"},
		"a village loses a seat":    {func() tenant.Charter { return withGrid(grown, func(g *tenant.CharterGrid) { g.Volunteers-- }) }, "seats of volunteer in 第一村 (3, not 2)"},
		"the town loses its body":   {func() tenant.Charter { c := grown; c.ConsultationMembers = 0; return c }, "consultation body (11, not 0)"},
		"an office is left out":     {func() tenant.Charter { c := grown; c.Units = c.Units[:1]; return c }, "unit 司法所"},
		"a village becomes another": {func() tenant.Charter { return withGrid(grown, func(g *tenant.CharterGrid) { g.Name = "新村" }) }, "village 第一村"},
	} {
		_, err := s.EnsureSeed(t.Context(), mark, seedOf(b, change.charter()))
		if !errors.Is(err, provision.ErrGridShrinks) || !strings.Contains(err.Error(), change.says) {
			t.Errorf("%s: error = %v, want %q", name, err, change.says)
		}
	}
	other := seedOf(b, grown)
	other.Model = "gansu-2025"
	if _, err := s.EnsureSeed(t.Context(), mark, other); !errors.Is(err, provision.ErrModelChanged) {
		t.Errorf("another model: error = %v", err)
	}
	if got, err = s.Establishment(t.Context(), charter.Code, b.rollup); err != nil || got != grown.Establishment() {
		t.Errorf("refused seeds changed the town: %+v, %v", got, err)
	}
}

func withGrid(c tenant.Charter, change func(*tenant.CharterGrid)) tenant.Charter {
	c.Grids = append([]tenant.CharterGrid{}, c.Grids...)
	change(&c.Grids[0])
	c.Areas = nil
	return c
}

// A newer operator migrated the town; this one must leave it alone.
func TestSchemaNewerThanTheProgramIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	b := build(t, s, daliu(newCode()))
	ahead := b.mark
	ahead.Schema++
	if _, err := s.EnsureSchema(t.Context(), b.id.Code, ahead); !errors.Is(err, provision.ErrSchemaNewer) {
		t.Errorf("error = %v, want %v", err, provision.ErrSchemaNewer)
	}
}

func TestHostileNamesAreOnlyText(t *testing.T) {
	t.Parallel()
	s := openServer(t)
	charter := daliu(newCode())
	hostile := `'; drop table town.post; --"` + "\\" + `$1 %s 村`
	charter.Name, charter.Description = hostile[:30], strings.Repeat(hostile, 5)
	charter.Grids[0].Name, charter.Units[0].Name = hostile, hostile
	charter.Areas[0].Grids[0] = hostile
	b := build(t, s, charter)
	got, err := s.Establishment(t.Context(), charter.Code, b.rollup)
	must(t, err)
	if diff := cmp.Diff(charter.Establishment(), got); diff != "" {
		t.Errorf("establishment (-want +got):\n%s", diff)
	}
	var name string
	must(t, asSuperuser(t, b.names.Database).QueryRow(t.Context(),
		"select name from town.grid_unit where level = 2 order by code limit 1 offset 1").Scan(&name))
	if name != hostile {
		t.Errorf("name = %q, want %q", name, hostile)
	}
}
