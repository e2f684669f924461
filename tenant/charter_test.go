package tenant_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/daliu-governance/daliu/tenant"
)

func charter() tenant.Charter {
	households := 100
	return tenant.Charter{
		Code: "620602130000", Name: "大柳镇", Households: 250,
		Grids: []tenant.CharterGrid{
			{Kind: tenant.Village, Name: "第一村", Groups: 2, Households: &households, Mediators: 3},
			{Kind: tenant.Village, Name: "第二村", Groups: 3, Households: &households},
			{Kind: tenant.Community, Name: "幸福社区", Households: &households},
		},
		Areas: []tenant.CharterArea{{Name: "东片", Leader: tenant.Mayor, Grids: []string{"第一村"}}},
	}
}

func TestCharterCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*tenant.Charter)
		says   string // empty: sound
	}{
		"a sound charter":                           {change: func(*tenant.Charter) {}},
		"a community's households stand beside":     {change: func(c *tenant.Charter) { c.Households = 200 }},
		"villages of more households than the town": {change: func(c *tenant.Charter) { c.Households = 199 }, says: "add up to 200, the town has 199"},
		"two villages of one name":                  {change: func(c *tenant.Charter) { c.Grids[1].Name = "第一村" }, says: "rename one"},
		"an area of an unknown village":             {change: func(c *tenant.Charter) { c.Areas[0].Grids[0] = "第九村" }, says: "第九村"},
		"a village in two areas": {change: func(c *tenant.Charter) {
			c.Areas = append(c.Areas, tenant.CharterArea{Name: "西片", Grids: []string{"第一村"}})
		}, says: "leave it in one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := charter()
			tc.change(&c)
			err := c.Check()
			if tc.says == "" {
				if err != nil {
					t.Errorf("a sound charter is refused: %v", err)
				}
				return
			}
			if !errors.Is(err, tenant.ErrInvalid) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error = %v, want %q", err, tc.says)
			}
		})
	}
}

func TestCharterDigestTellsCharterAndModelApart(t *testing.T) {
	t.Parallel()
	a, b := charter(), charter()
	if a.Digest("daliu-2021") != b.Digest("daliu-2021") {
		t.Error("two equal charters have two digests")
	}
	if a.Digest("daliu-2021") == a.Digest("gansu-2025") {
		t.Error("another model has the same digest")
	}
	b.Grids[0].Groups++
	if a.Digest("daliu-2021") == b.Digest("daliu-2021") {
		t.Error("another charter has the same digest")
	}
}
