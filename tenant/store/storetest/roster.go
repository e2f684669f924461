package storetest

import (
	"fmt"
	"strconv"
)

// Roster is a roster of Daliu with invented names, as its sheet has it: name,
// post, unit, phone, households, day. Both leaders, a sponsor for each of the 8
// villages and 66 groups, and cadres for all 3,647 and 474 households.
func Roster() [][]string {
	const day = "2026-01-05"
	rows := [][]string{
		{"赵书记", "党委书记", "大柳镇", "13900000001", "", day},
		{"钱镇长", "镇长", "大柳镇", "13900000002", "", day},
	}
	given := []string{"建国", "秀英", "志强", "玉兰", "文军", "春梅", "国栋", "海霞", "永红"}
	villages := []string{"第一村", "第二村", "第三村", "第四村", "第五村", "第六村", "第七村", "幸福社区"}
	group := 0
	for v, village := range villages {
		family := string([]rune("孙李周吴郑王冯陈")[v])
		rows = append(
			rows,
			[]string{family + "委员", "包村领导", village, "", "", day},
			[]string{family + given[0], "网格长", village, fmt.Sprintf("1380000%04d", v), "", day},
			[]string{family + given[1], "人民调解员", village, "", "", day},
		)
		groups := 9
		switch {
		case v == 7:
			rows = append(rows, []string{family + given[1], "包户干部", village, "", "474", day})
			groups = 0
		case v > 3:
			groups = 10
		}
		for n := range groups {
			households := 55
			if group < 17 { // 66 times 55 are 3,630
				households++
			}
			unit := village + strconv.Itoa(n+1) + "组"
			rows = append(
				rows,
				[]string{family + given[2+n%3], "包组干部", unit, "", "", day},
				[]string{family + given[5+n%4], "包户干部", unit, "", strconv.Itoa(households), day},
			)
			group++
		}
	}
	return rows
}
