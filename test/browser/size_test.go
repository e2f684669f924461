package browser_test

import (
	"fmt"
	"testing"

	"github.com/daliu-governance/daliu/tenant"
)

// TestTownsOfEverySize draws the smallest town and the largest: the same pages
// hold both, and the largest is still light.
func TestTownsOfEverySize(t *testing.T) {
	t.Parallel()

	largest := tenant.Charter{
		Name: "东乡族自治县达板镇", Description: "三十个村，每村四十个组。", Households: 48000, Population: 190000, ConsultationMembers: 30,
	}
	for i := range 30 {
		largest.Grids = append(largest.Grids, tenant.CharterGrid{
			Kind: tenant.Village, Name: fmt.Sprintf("名字特别长的第%d号行政村", i+1), Groups: 40, Households: new(1600), Population: new(6300),
			Mediators: 9, InformationOfficers: 40, Volunteers: 40, HouseholdHeads: 40, ConsultationMembers: 15,
		})
	}
	for name, charter := range map[string]tenant.Charter{
		"largest": largest,
		"smallest": {Name: "小街道", Households: 1, Population: 1, Grids: []tenant.CharterGrid{
			{Kind: tenant.Community, Name: "一社区"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			town := server.TownOf(t, charter)
			director := signedIn(t, town).Token
			base, script := serve(t, town), axe(t)
			for _, width := range []int64{390, 1280} {
				b := open(t, base, width)
				b.forget()
				b.cookie("session", director)
				for _, path := range []string{"/", "/grid"} {
					p := page{name: fmt.Sprintf("%s%s-%d", name, map[string]string{"/": "-home", "/grid": "-grid"}[path], width)}
					b.visit(path)
					weigh(b, p)
					b.picture(p.name)
					inspect(b, p, script, width)
				}
			}
		})
	}
}
