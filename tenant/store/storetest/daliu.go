package storetest

import "github.com/daliu-governance/daliu/tenant"

// Daliu is the charter of Daliu as its case study reports it: 1, 8 and 66 units
// of the grid, 8 committees with 47 mediators, 28 information officers, 25
// volunteers, 41 household heads, and 8 consultation bodies with 82 seats.
func Daliu() tenant.Charter {
	community := 474
	charter := tenant.Charter{
		Code: "620602130000", Name: "大柳镇",
		Description: "位于凉州区东郊，距城区10公里，以日光温室瓜菜产业和劳务经济为主。",
		Households:  3647, Population: 14091, ConsultationMembers: 11,
		Venues: []tenant.Venue{{Kind: "institution", Count: 12}, {Kind: "shop", Count: 150, AtLeast: true}},
		Areas: []tenant.CharterArea{
			{Name: "东片", Leader: tenant.PartySecretary, Grids: []string{"第一村", "第二村", "第三村", "第四村"}},
			{Name: "西片", Leader: tenant.Mayor, Grids: []string{"第五村", "第六村", "第七村", "幸福社区"}},
		},
		Units: []tenant.CharterUnit{
			{Name: "综治中心", Stationing: "resident"},
			{Name: "司法所", Stationing: "resident"},
			{Name: "派出所", Stationing: "rotating"},
			{Name: "便民服务中心", Stationing: "resident"},
			{Name: "应急管理站", Stationing: "resident"},
			{Name: "退役军人服务站", Stationing: "resident"},
			{Name: "市场监管所", Stationing: "on_call"},
		},
	}
	for i, name := range []string{"第一村", "第二村", "第三村", "第四村", "第五村", "第六村", "第七村", "幸福社区"} {
		grid := tenant.CharterGrid{
			Kind: tenant.Village, Name: name, Groups: 9, Mediators: 6, InformationOfficers: 4,
			Volunteers: 3, HouseholdHeads: 5, ConsultationMembers: 10,
		}
		if i >= 4 {
			grid.Groups, grid.InformationOfficers = 10, 3
		}
		switch i {
		case 6:
			grid.ConsultationMembers = 11
		case 7:
			grid.Kind, grid.Groups, grid.Households = tenant.Community, 0, &community
			grid.Mediators, grid.Volunteers, grid.HouseholdHeads, grid.ConsultationMembers = 5, 4, 6, 0
		}
		charter.Grids = append(charter.Grids, grid)
	}
	return charter
}
