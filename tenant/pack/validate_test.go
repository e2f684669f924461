package pack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/daliu-governance/daliu/tenant/pack"
)

// find returns the one entry of a list, for a test to spoil.
func find[T any](list []T, has func(T) bool) *T {
	return &list[slices.IndexFunc(list, has)]
}

func clock(m *pack.Model, key string) *pack.Clock {
	return find(m.Clocks, func(k pack.Clock) bool { return k.Key == key })
}

func duty(m *pack.Model, key string) *pack.Duty {
	return find(m.Duties, func(d pack.Duty) bool { return d.Key == key })
}

func enumeration(m *pack.Model, key string) *pack.Enumeration {
	return find(m.Enumerations, func(e pack.Enumeration) bool { return e.Key == key })
}

func role(m *pack.Model, key string) *pack.Role {
	return find(m.Roles, func(r pack.Role) bool { return r.Key == key })
}

// A mutation spoils a valid model; path is where the one problem is, and says
// is what its message says among other things.
type mutation struct {
	spoil func(m *pack.Model)
	path  string
	says  string
}

func checkMutations(t *testing.T, mutations map[string]mutation) {
	t.Helper()

	for name, tc := range mutations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			m := load(t, "daliu-2021")
			tc.spoil(&m)
			problems := pack.Validate(m)
			if len(problems) != 1 {
				t.Fatalf("%d problems, want one: %v", len(problems), problems)
			}
			if problems[0].Path != tc.path || !strings.Contains(problems[0].Message, tc.says) {
				t.Errorf("problem = %s\nwant %s: … %s …", problems[0], tc.path, tc.says)
			}
			if !strings.Contains(problems[0].Message, ": ") {
				t.Errorf("%q does not say what to do", problems[0].Message)
			}
		})
	}
}

func TestValidateWords(t *testing.T) {
	t.Parallel()

	checkMutations(t, map[string]mutation{
		"a model without a name": {
			spoil: func(m *pack.Model) { m.DisplayName = " " },
			path:  "displayName", says: "is empty",
		},
		"a name that is too long": {
			spoil: func(m *pack.Model) { m.DisplayName = strings.Repeat("柳", 41) },
			path:  "displayName", says: "shorten it to 40",
		},
		"markup in a label": {
			spoil: func(m *pack.Model) { enumeration(m, "closing").Values[0].Label = "<b>解决" },
			path:  "enumerations[closing].values[solved].label", says: "remove it",
		},
		"a control character in a label": {
			spoil: func(m *pack.Model) { enumeration(m, "closing").Values[0].Label = "解\n决" },
			path:  "enumerations[closing].values[solved].label", says: "control character",
		},
		"an empty label": {
			spoil: func(m *pack.Model) { enumeration(m, "closing").Values[0].Label = "" },
			path:  "enumerations[closing].values[solved].label", says: "write what people shall read",
		},
		"two enumerations with one key": {
			spoil: func(m *pack.Model) { m.Enumerations = append(m.Enumerations, m.Enumerations[0]) },
			path:  "enumerations[55].key", says: "already the key of entry 0",
		},
		"a key with a capital letter": {
			spoil: func(m *pack.Model) { enumeration(m, "heart_tag").Key = "heartTag" },
			path:  "enumerations[6].key", says: `is "heartTag"`,
		},
		"two values with one key": {
			spoil: func(m *pack.Model) { enumeration(m, "visit_mode").Values[1].Key = "in_person" },
			path:  "enumerations[visit_mode].values[1].key", says: "rename or remove one",
		},
		"two values with one label": {
			spoil: func(m *pack.Model) { enumeration(m, "visit_mode").Values[1].Label = "当面" },
			path:  "enumerations[visit_mode].values[phone].label", says: "can't tell them apart",
		},
		"an enumeration without values": {
			spoil: func(m *pack.Model) { enumeration(m, "visit_mode").Values = nil },
			path:  "enumerations[visit_mode].values", says: "is empty",
		},
		"a parent that is not there": {
			spoil: func(m *pack.Model) { enumeration(m, "dispute_type").Values[1].Parent = "families" },
			path:  "enumerations[dispute_type].values[support_of_elders].parent", says: "families is no other value",
		},
		"a value that is its own parent": {
			spoil: func(m *pack.Model) { enumeration(m, "dispute_type").Values[3].Parent = "neighbours" },
			path:  "enumerations[dispute_type].values[neighbours].parent", says: "no other value",
		},
		"a third level of values": {
			spoil: func(m *pack.Model) {
				enumeration(m, "dispute_type").Values[2].Parent = "support_of_elders"
			},
			path: "enumerations[dispute_type].values[divorce_betrothal].parent", says: "name family",
		},
		"a tag that no rule knows": {
			spoil: func(m *pack.Model) { enumeration(m, "visit_mode").Values[0].Tags = []pack.Tag{"Best"} },
			path:  "enumerations[visit_mode].values[in_person].tags", says: `is "Best"`,
		},
		"satisfied without being rated": {
			spoil: func(m *pack.Model) {
				enumeration(m, "satisfaction").Values[0].Tags = []pack.Tag{pack.Satisfied}
			},
			path: "enumerations[satisfaction].values[very_satisfied].tags", says: "add Rated",
		},
		"nothing seals a complaint about an official": {
			spoil: func(m *pack.Model) { enumeration(m, "petition_class").Values[1].Tags = nil },
			path:  "enumerations[petition_class].values", says: "or everybody sees them",
		},
		"an assessment of families": {
			spoil: func(m *pack.Model) {
				e := enumeration(m, "assessment_subject")
				e.Values = append(e.Values, pack.Value{Key: "family", Label: "家庭"})
			},
			path: "enumerations[assessment_subject].values", says: "no resident and no family has a score",
		},
		"a law without an article": {
			spoil: func(m *pack.Model) { enumeration(m, "petition_class").Source.Article = "" },
			path:  "enumerations[petition_class].source", says: "name both",
		},
		"an unknown kind of source": {
			spoil: func(m *pack.Model) { enumeration(m, "heart_tag").Source.Kind = "Rumour" },
			path:  "enumerations[heart_tag].source.kind", says: "set one of Law, CaseStudy, Practice",
		},
		"a state that no stage has": {
			spoil: func(m *pack.Model) { m.Loop[0].States = m.Loop[0].States[1:] },
			path:  "loop", says: "no stage has the state draft",
		},
		"a state of two stages": {
			spoil: func(m *pack.Model) { m.Loop[1].States = append(m.Loop[1].States, "draft") },
			path:  "loop[accept].states", says: "already belongs to the stage register",
		},
		"a stage of an unknown state": {
			spoil: func(m *pack.Model) { m.Loop[1].States = append(m.Loop[1].States, "lost") },
			path:  "loop[accept].states", says: "lost is no value of matter_status",
		},
		"a stage without states": {
			spoil: func(m *pack.Model) { m.Loop = append(m.Loop, pack.Stage{Key: "praise", Label: "表扬"}) },
			path:  "loop[praise].states", says: "is empty",
		},
		"a checklist without items": {
			spoil: func(m *pack.Model) { m.Checklists[0].Items = nil },
			path:  "checklists[six_haves].items", says: "its text may be empty",
		},
		"two items with one key": {
			spoil: func(m *pack.Model) { m.Checklists[0].Items[1].Key = "item_1" },
			path:  "checklists[six_haves].items[1].key", says: "already the key of entry 0",
		},
		"an item that is too long": {
			spoil: func(m *pack.Model) { m.Checklists[0].Items[1].Text = strings.Repeat("有", 41) },
			path:  "checklists[six_haves].items[item_2].text", says: "has 41 characters",
		},
		"a paper without a format": {
			spoil: func(m *pack.Model) { m.Papers[0].Formats = nil },
			path:  "papers[mediation_application].formats", says: "set DOCX, PDF or XLSX",
		},
		"a paper twice in one format": {
			spoil: func(m *pack.Model) { m.Papers[0].Formats = []pack.Format{pack.PDF, pack.PDF} },
			path:  "papers[mediation_application].formats", says: "PDF is there twice",
		},
		"a paper about nothing known": {
			spoil: func(m *pack.Model) { m.Papers[0].Subject = "Weather" },
			path:  "papers[mediation_application].subject", says: `is "Weather"`,
		},
		"an indicator without a formula": {
			spoil: func(m *pack.Model) { m.Indicators[0].Formula = "" },
			path:  "indicators[G1].formula", says: "is empty",
		},
		"an indicator's code in small letters": {
			spoil: func(m *pack.Model) { m.Indicators[0].Code = "g1" },
			path:  "indicators[0].code", says: "such as D6A",
		},
		"two indicators with one code": {
			spoil: func(m *pack.Model) { m.Indicators[1].Code = "G1" },
			path:  "indicators[1].code", says: "already the code of entry 0",
		},
		"an indicator of no kind": {
			spoil: func(m *pack.Model) { m.Indicators[0].Kind = "" },
			path:  "indicators[G1].kind", says: "set one of Count, Ratio, Median",
		},
	})
}

func TestValidateRoles(t *testing.T) {
	t.Parallel()

	checkMutations(t, map[string]mutation{
		"a post that the model does not name": {
			spoil: func(m *pack.Model) {
				m.Roles = slices.DeleteFunc(m.Roles, func(r pack.Role) bool { return r.Key == "volunteer" })
			},
			path: "roles", says: "has no entry volunteer",
		},
		"a role that stands nowhere known": {
			spoil: func(m *pack.Model) { role(m, "mediator").StandsOn = "Hill" },
			path:  "roles[mediator].standsOn", says: `is "Hill"`,
		},
		"a grant without actions": {
			spoil: func(m *pack.Model) { role(m, "mediator").Grants[0].Actions = nil },
			path:  "roles[mediator].grants[0].actions", says: "is empty",
		},
		"an action twice": {
			spoil: func(m *pack.Model) {
				role(m, "mediator").Grants[0].Actions = []pack.Action{pack.Read, pack.Read}
			},
			path: "roles[mediator].grants[0].actions", says: "Read is there twice",
		},
		"the same grant twice": {
			spoil: func(m *pack.Model) { role(m, "mediator").Grants[2].Reach = pack.Own },
			path:  "roles[mediator].grants[2]", says: "already granted by entry 1",
		},
		"an unknown reach": {
			spoil: func(m *pack.Model) { role(m, "mediator").Grants[0].Reach = "Everywhere" },
			path:  "roles[mediator].grants[0].reach", says: `is "Everywhere"`,
		},
		"the district reads a record": {
			spoil: func(m *pack.Model) { role(m, "district_observer").Grants[0].Reach = pack.Public },
			path:  "roles[district_observer].grants[0].reach", says: "sees numbers only",
		},
		"numbers that are changed": {
			spoil: func(m *pack.Model) {
				role(m, "district_observer").Grants[0].Actions = []pack.Action{pack.Read, pack.Export}
			},
			path: "roles[district_observer].grants[0].actions", says: "only be read",
		},
		"the administrator reads a case": {
			spoil: func(m *pack.Model) {
				r := role(m, "town_administrator")
				r.Grants = append(r.Grants, pack.Grant{Subject: pack.Dispute, Reach: pack.WholeTown, Actions: []pack.Action{pack.Read}})
			},
			path: "roles[town_administrator].grants[1].subject", says: "reads no case",
		},
		"a resident reads the town": {
			spoil: func(m *pack.Model) { role(m, "resident").Grants[0].Reach = pack.WholeTown },
			path:  "roles[resident].grants[0].reach", says: "has no post",
		},
		"a sealed dispute": {
			spoil: func(m *pack.Model) { role(m, "mediator").Grants[1].Reach = pack.SealedBox },
			path:  "roles[mediator].grants[1].reach", says: "only a Matter is sealed",
		},
		"the district uncovers a name": {
			spoil: func(m *pack.Model) { role(m, "district_observer").Reveal = pack.RevealReason },
			path:  "roles[district_observer].reveal", says: "uncovers nobody",
		},
	})
}
