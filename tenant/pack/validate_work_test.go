package pack_test

import (
	"slices"
	"testing"

	"github.com/daliu-governance/daliu/tenant/pack"
)

func TestValidateClocks(t *testing.T) {
	t.Parallel()

	checkMutations(t, map[string]mutation{
		"a negative period": {
			spoil: func(m *pack.Model) { clock(m, "matter_accept").Length = -1 },
			path:  "clocks[matter_accept].length", says: "set 1 or more",
		},
		"working hours": {
			spoil: func(m *pack.Model) { clock(m, "matter_accept").Unit = pack.Hour },
			path:  "clocks[matter_accept].unit", says: "only days can be working days",
		},
		"a basis that no calendar has": {
			spoil: func(m *pack.Model) { clock(m, "matter_accept").Basis = "Lunar" },
			path:  "clocks[matter_accept].basis", says: "set one of Working, Calendar",
		},
		"an event without a name": {
			spoil: func(m *pack.Model) { clock(m, "matter_accept").From = "" },
			path:  "clocks[matter_accept].from", says: "such as registered",
		},
		"an earliest end after the end": {
			spoil: func(m *pack.Model) { clock(m, "dispute_follow_up").NotBefore = 15 },
			path:  "clocks[dispute_follow_up].notBefore", says: "less than the length, 15",
		},
		"a time to wait that is extended": {
			spoil: func(m *pack.Model) {
				clock(m, "topic_notice").Extension = &pack.Extension{Length: 3}
			},
			path: "clocks[topic_notice].bound", says: "a time to wait",
		},
		"an extension by nothing": {
			spoil: func(m *pack.Model) { clock(m, "dispute_finish").Extension.Length = 0 },
			path:  "clocks[dispute_finish].extension.length", says: "set 1 or more",
		},
		"an extension that an unknown role approves": {
			spoil: func(m *pack.Model) { clock(m, "dispute_finish").Extension.Approver = "king" },
			path:  "clocks[dispute_finish].extension.approver", says: "king is no role",
		},
		"a reminder before the beginning": {
			spoil: func(m *pack.Model) { clock(m, "matter_objection").Remind = []int{5} },
			path:  "clocks[matter_objection].remind", says: "less than the length",
		},
		"a reminder of a clock of hours": {
			spoil: func(m *pack.Model) { clock(m, "relief_urgent").Remind = []int{1} },
			path:  "clocks[relief_urgent].remind", says: "the clock counts hours",
		},
		"a condition on an unknown list": {
			spoil: func(m *pack.Model) {
				clock(m, "matter_reply_enquiry").When[0].Enumeration = "colour"
			},
			path: "clocks[matter_reply_enquiry].when[0].enumeration", says: "colour is no enumeration",
		},
		"a condition on an unknown value": {
			spoil: func(m *pack.Model) {
				clock(m, "matter_reply_enquiry").When[0].Values = []string{"joke"}
			},
			path: "clocks[matter_reply_enquiry].when[0].values", says: "joke is no value of matter_kind",
		},
		"a condition on no value": {
			spoil: func(m *pack.Model) { clock(m, "matter_reply_enquiry").When[0].Values = nil },
			path:  "clocks[matter_reply_enquiry].when[0].values", says: "is empty",
		},
		"hours that end before they begin": {
			spoil: func(m *pack.Model) { m.Hours[0].To = "08:00" },
			path:  "hours[reminders]", says: "the later one at most 24:00",
		},
		"hours that no clock shows": {
			spoil: func(m *pack.Model) { m.Hours[0].To = "25:00" },
			path:  "hours[reminders]", says: "25:00",
		},
		"a limit of nothing": {
			spoil: func(m *pack.Model) { m.Limits[3].Value = 0 },
			path:  "limits[follow_up_attempts].value", says: "set 1 or more",
		},
	})
}

func TestValidateDuties(t *testing.T) {
	t.Parallel()

	checkMutations(t, map[string]mutation{
		"a duty of nobody": {
			spoil: func(m *pack.Model) { duty(m, "group_visit").Performers = nil },
			path:  "duties[group_visit].performers", says: "name the roles",
		},
		"a duty of an unknown role": {
			spoil: func(m *pack.Model) { duty(m, "group_visit").Performers = []string{"king"} },
			path:  "duties[group_visit].performers", says: "king is no role",
		},
		"a duty over nothing": {
			spoil: func(m *pack.Model) { duty(m, "group_visit").Scope = pack.InNothing },
			path:  "duties[group_visit].scope", says: `is "None"`,
		},
		"a duty each fortnight": {
			spoil: func(m *pack.Model) { duty(m, "group_visit").Period = "Fortnight" },
			path:  "duties[group_visit].period", says: "set one of Week, Month",
		},
		"the fourth month of a quarter": {
			spoil: func(m *pack.Model) { duty(m, "party_committee_meeting").Month = 4 },
			path:  "duties[party_committee_meeting].month", says: "set 1 to 3",
		},
		"a day that some months lack": {
			spoil: func(m *pack.Model) { duty(m, "screen_monthly").Day = 31 },
			path:  "duties[screen_monthly].day", says: "set 1 to 28",
		},
		"a day of no month": {
			spoil: func(m *pack.Model) { duty(m, "party_committee_meeting").Month = 0 },
			path:  "duties[party_committee_meeting].day", says: "set month too",
		},
		"any day that rolls": {
			spoil: func(m *pack.Model) { duty(m, "group_visit").Roll = pack.Next },
			path:  "duties[group_visit].roll", says: "set day",
		},
		"hours that are not there": {
			spoil: func(m *pack.Model) { duty(m, "night_visit").Hours = "dawn" },
			path:  "duties[night_visit].hours", says: "dawn is no entry of hours",
		},
		"a reminder on a day without a time": {
			spoil: func(m *pack.Model) { duty(m, "screen_weekly").RemindAt = "" },
			path:  "duties[screen_weekly].remindOn", says: "set both, or neither",
		},
		"a weekly reminder of a monthly duty": {
			spoil: func(m *pack.Model) {
				d := duty(m, "group_visit")
				d.RemindOn, d.RemindAt = pack.Friday, "16:00"
			},
			path: "duties[group_visit].remindOn", says: "for weekly duties",
		},
		"a weekly duty reminded days before": {
			spoil: func(m *pack.Model) { duty(m, "screen_weekly").Remind = []int{2} },
			path:  "duties[screen_weekly].remind", says: "for longer periods",
		},
		"a reminder at no time": {
			spoil: func(m *pack.Model) { duty(m, "screen_weekly").RemindAt = "4pm" },
			path:  "duties[screen_weekly].remindAt", says: "such as 16:00",
		},
		"a campaign on 30 February": {
			spoil: func(m *pack.Model) { m.Campaigns[0].Month, m.Campaigns[0].Day = 2, 30 },
			path:  "campaigns[national_security_day]", says: "2-30, which is no date",
		},
		"a month that has a day": {
			spoil: func(m *pack.Model) { m.Campaigns[1].Day = 1 },
			path:  "campaigns[anti_cult_month]", says: "no day",
		},
		"any time in May": {
			spoil: func(m *pack.Model) { m.Campaigns[3].Month = 5 },
			path:  "campaigns[anti_fraud]", says: "remove month and day",
		},
		"a campaign about an unknown theme": {
			spoil: func(m *pack.Model) { m.Campaigns[3].Theme = "chess" },
			path:  "campaigns[anti_fraud].theme", says: "chess is no value of publicity_theme",
		},
	})
}

func TestValidateKeepsToTheLaw(t *testing.T) {
	t.Parallel()

	checkMutations(t, map[string]mutation{
		"a petition that may take longer": {
			spoil: func(m *pack.Model) { clock(m, "petition_finish").Length = 90 },
			path:  "clocks[petition_finish].length", says: "信访工作条例 art. 34 sets 60: set 60",
		},
		"an extension that is longer": {
			spoil: func(m *pack.Model) { clock(m, "petition_finish").Extension.Length = 60 },
			path:  "clocks[petition_finish].extension.length", says: "allows 30",
		},
		"an extension that the law does not know": {
			spoil: func(m *pack.Model) {
				clock(m, "petition_notice").Extension = &pack.Extension{Length: 5}
			},
			path: "clocks[petition_notice].extension.length", says: "allows 0",
		},
		"a right that ends sooner": {
			spoil: func(m *pack.Model) {
				k := clock(m, "confirmation_window")
				k.Length, k.Remind = 20, nil
			},
			path: "clocks[confirmation_window].length", says: "人民调解法 art. 33 sets 30",
		},
		"a notice that is shorter": {
			spoil: func(m *pack.Model) { clock(m, "assembly_notice").Length = 3 },
			path:  "clocks[assembly_notice].length", says: "sets 10",
		},
		"calendar days where the law counts working days": {
			spoil: func(m *pack.Model) { clock(m, "matter_objection").Basis = pack.Calendar },
			path:  "clocks[matter_objection].basis", says: "counts Working Days",
		},
		"a wait that becomes a deadline": {
			spoil: func(m *pack.Model) { clock(m, "assembly_notice").Bound = pack.AtMost },
			path:  "clocks[assembly_notice].bound", says: `"AtLeast"`,
		},
		"a clock that is left out": {
			spoil: func(m *pack.Model) {
				m.Clocks = slices.DeleteFunc(m.Clocks, func(k pack.Clock) bool { return k.Key == "petition_review" })
			},
			path: "clocks", says: "copy it from the model blank",
		},
		"a committee of two": {
			spoil: func(m *pack.Model) { m.Limits[1].Value = 2 },
			path:  "limits[committee_members_min].value", says: "set 3",
		},
		"a committee of ten": {
			spoil: func(m *pack.Model) { m.Limits[2].Value = 10 },
			path:  "limits[committee_members_max].value", says: "set 9",
		},
		"a quorum of half the representatives": {
			spoil: func(m *pack.Model) {
				m.Quorums[0].Present = pack.Share{Numerator: 1, Denominator: 2, MoreThan: true}
			},
			path: "quorums[villagers_representatives].present", says: "set at least 2/3",
		},
		"a half that need not be passed": {
			spoil: func(m *pack.Model) { m.Quorums[1].Present.MoreThan = false },
			path:  "quorums[villagers_assembly].present", says: "set more than 1/2",
		},
		"a vote of a third": {
			spoil: func(m *pack.Model) { m.Quorums[1].InFavour = pack.Share{Numerator: 1, Denominator: 3} },
			path:  "quorums[villagers_assembly].inFavour", says: "set more than 1/2",
		},
		"half of the households": {
			spoil: func(m *pack.Model) { m.Quorums[1].OrPresent = pack.Share{Numerator: 1, Denominator: 2} },
			path:  "quorums[villagers_assembly].orPresent", says: "set at least 2/3",
		},
		"another way to count representatives": {
			spoil: func(m *pack.Model) {
				m.Quorums[0].OrOf, m.Quorums[0].OrPresent = "群众", pack.Share{Numerator: 1, Denominator: 1}
			},
			path: "quorums[villagers_representatives].orOf", says: "does not know",
		},
		"more than everybody": {
			spoil: func(m *pack.Model) { m.Quorums[0].Present = pack.Share{Numerator: 4, Denominator: 3} },
			path:  "quorums[villagers_representatives].present", says: "between 0 and the whole",
		},
		"village affairs once a year": {
			spoil: func(m *pack.Model) { duty(m, "village_affairs").Period = pack.Yearly },
			path:  "duties[village_affairs].period", says: "set Quarter",
		},
	})
}

func TestAModelMayBeStricterThanTheLaw(t *testing.T) {
	t.Parallel()

	m := load(t, "daliu-2021")
	clock(&m, "petition_finish").Length = 45
	clock(&m, "assembly_notice").Length = 15
	duty(&m, "village_affairs").Period, duty(&m, "village_affairs").Remind = pack.Monthly, nil
	m.Limits[2].Value = 7
	m.Quorums[0].Present = pack.Share{Numerator: 3, Denominator: 4}
	if problems := pack.Validate(m); len(problems) > 0 {
		t.Errorf("problems = %v", problems)
	}
}

// TestBlankIsTheLeast takes every entry out of the model blank in turn.
func TestBlankIsTheLeast(t *testing.T) {
	t.Parallel()

	take := func(name string, n int, without func(m *pack.Model, i int)) {
		for i := range n {
			m := load(t, "blank")
			without(&m, i)
			if len(pack.Validate(m)) == 0 {
				t.Errorf("blank is valid without entry %d of %s", i, name)
			}
		}
	}
	all := load(t, "blank")
	take("enumerations", len(all.Enumerations), func(m *pack.Model, i int) { m.Enumerations = slices.Delete(m.Enumerations, i, i+1) })
	take("clocks", len(all.Clocks), func(m *pack.Model, i int) { m.Clocks = slices.Delete(m.Clocks, i, i+1) })
	take("limits", len(all.Limits), func(m *pack.Model, i int) { m.Limits = slices.Delete(m.Limits, i, i+1) })
	take("quorums", len(all.Quorums), func(m *pack.Model, i int) { m.Quorums = slices.Delete(m.Quorums, i, i+1) })
	take("duties", len(all.Duties), func(m *pack.Model, i int) { m.Duties = slices.Delete(m.Duties, i, i+1) })
	take("roles", len(all.Roles), func(m *pack.Model, i int) { m.Roles = slices.Delete(m.Roles, i, i+1) })
}

// TestBlankIsTheLaw checks what blank is used for: every period, number,
// quorum and duty in it cites the law that sets it.
func TestBlankIsTheLaw(t *testing.T) {
	t.Parallel()

	m := load(t, "blank")
	sources := map[string]pack.Source{}
	for _, k := range m.Clocks {
		sources["clock "+k.Key] = k.Source
	}
	for _, l := range m.Limits {
		sources["limit "+l.Key] = l.Source
	}
	for _, q := range m.Quorums {
		sources["quorum "+q.Key] = q.Source
	}
	for _, d := range m.Duties {
		sources["duty "+d.Key] = d.Source
	}
	for entry, source := range sources {
		if source.Kind != pack.Law || source.Document == "" || source.Article == "" {
			t.Errorf("%s cites %v", entry, source)
		}
	}
}
