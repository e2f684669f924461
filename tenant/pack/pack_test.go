package pack_test

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daliu-governance/daliu/tenant/pack"
)

func load(t *testing.T, name string) pack.Model {
	t.Helper()

	m, err := pack.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNames(t *testing.T) {
	t.Parallel()

	if diff := cmp.Diff([]string{"blank", "daliu-2021", "gansu-2025"}, pack.Names()); diff != "" {
		t.Errorf("embedded models (-want +got):\n%s", diff)
	}
}

func TestLoadOfAnUnknownModel(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"", "daliu", "../blank", "models/blank"} {
		if _, err := pack.Load(name); !errors.Is(err, pack.ErrUnknown) {
			t.Errorf("Load(%q) = %v, want ErrUnknown", name, err)
		}
	}
}

func TestEmbeddedModelsAreValid(t *testing.T) {
	t.Parallel()

	for _, name := range pack.Names() {
		for _, problem := range pack.Validate(load(t, name)) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		text string
		want string
		err  string
	}{
		"YAML is read":                 {text: "displayName: 甲\nroles: []\n", want: "甲"},
		"JSON is read":                 {text: `{"displayName": "甲", "roles": []}`, want: "甲"},
		"an unknown field is refused":  {text: "displayName: 甲\nslogan: 乙\n", err: "slogan"},
		"an unknown field of an entry": {text: "displayName: 甲\nclocks: [{key: a, days: 3}]\n", err: "days"},
		"a key written twice":          {text: "displayName: 甲\ndisplayName: 乙\n", err: "displayName"},
		"text where a number belongs":  {text: "displayName: 甲\nclocks: [{key: a, length: three}]\n", err: "length"},
		"basedOn is for embedded ones": {text: "basedOn: blank\ndisplayName: 甲\n", err: "basedOn"},
		"what is not YAML":             {text: "\tdisplayName", err: "parse model"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			m, err := pack.Parse([]byte(tc.text))
			if (err != nil) != (tc.err != "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("error = %v, want one that names %q", err, tc.err)
			}
			if m.DisplayName != tc.want {
				t.Errorf("displayName = %q, want %q", m.DisplayName, tc.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("displayName: 甲\nroles: [{key: mayor, label: 镇长, standsOn: Town}]\n")
	f.Add("enumerations: [{key: a, values: [{key: a, parent: a}]}]\nloop: [{}]\n")
	f.Add("duties: [{period: Year, month: 13, remind: [-1]}]\nquorums: [{present: {numerator: 1}}]\n")
	f.Add("clocks: [{key: petition_finish, extension: {length: 99}}]\ncampaigns: [{span: Day}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := pack.Parse([]byte(text))
		if err != nil {
			return
		}
		for _, problem := range pack.Validate(m) {
			if problem.Path == "" || problem.Message == "" {
				t.Errorf("problem without path or message: %q", problem)
			}
		}
	})
}

func TestGansuDiffersFromDaliuInTheCentre(t *testing.T) {
	t.Parallel()

	daliu, gansu := load(t, "daliu-2021"), load(t, "gansu-2025")
	if diff := cmp.Diff([]string{"受理", "分流", "研判", "处置", "回访", "结案"}, stages(gansu)); diff != "" {
		t.Errorf("loop of gansu-2025 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"场所设置", "部门入驻", "运行机制", "督办落实", "信息化建设"}, texts(t, gansu, "five_standards")); diff != "" {
		t.Errorf("five standards (-want +got):\n%s", diff)
	}
	for _, key := range []string{"annual_plan", "mediation_dossier"} {
		if diff := cmp.Diff(texts(t, daliu, key), texts(t, gansu, key)); diff != "" {
			t.Errorf("checklist %s differs (-daliu +gansu):\n%s", key, diff)
		}
	}
	daliu.DisplayName, daliu.Description, daliu.Loop, daliu.Checklists = gansu.DisplayName, gansu.Description, gansu.Loop, gansu.Checklists
	if diff := cmp.Diff(daliu, gansu); diff != "" {
		t.Errorf("gansu-2025 differs in more than loop and checklists:\n%s", diff)
	}
}

func stages(m pack.Model) []string {
	var labels []string
	for _, s := range m.Loop {
		labels = append(labels, s.Label)
	}
	return labels
}

func texts(t *testing.T, m pack.Model, checklist string) []string {
	t.Helper()

	i := slices.IndexFunc(m.Checklists, func(c pack.Checklist) bool { return c.Key == checklist })
	if i < 0 {
		t.Fatalf("%s has no checklist %s", m.DisplayName, checklist)
	}
	var all []string
	for _, item := range m.Checklists[i].Items {
		all = append(all, item.Text)
	}
	return all
}

func TestWhatTheCaseStudyDoesNotSayStaysEmpty(t *testing.T) {
	t.Parallel()

	m := load(t, "daliu-2021")
	if diff := cmp.Diff(make([]string, 6), texts(t, m, "six_haves")); diff != "" {
		t.Errorf("六有 has words (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(make([]string, 8), texts(t, m, "eight_standards")); diff != "" {
		t.Errorf("八化 has words (-want +got):\n%s", diff)
	}
}

// TestDaliuHoldsTheModel checks facts that people would miss first.
func TestDaliuHoldsTheModel(t *testing.T) {
	t.Parallel()

	m := load(t, "daliu-2021")
	top := map[string]int{}
	labels := map[string][]string{}
	for _, e := range m.Enumerations {
		for _, v := range e.Values {
			labels[e.Key] = append(labels[e.Key], v.Label)
			if v.Parent == "" {
				top[e.Key]++
			}
		}
	}
	if top["dispute_type"] != 18 {
		t.Errorf("%d dispute types, want 18", top["dispute_type"])
	}
	for list, want := range map[string][]string{
		"dispute_type":      {"赡养", "邻里", "订单农业", "农户与合作社"},
		"matter_theme":      {"土地征用", "房屋产权", "村务管理"},
		"publicity_theme":   {"全民国家安全教育", "反邪教", "铲毒禁种", "反电信诈骗", "反暴力", "扫黑除恶", "交通安全劝导"},
		"publicity_channel": {"宣传栏", "大喇叭", "公众号"},
		"heart_tag":         {"操心事", "烦心事", "揪心事"},
		"mediation_kind":    {"人民调解", "行政调解", "司法调解"},
	} {
		for _, label := range want {
			if !slices.Contains(labels[list], label) {
				t.Errorf("%s lacks %s", list, label)
			}
		}
	}
	if len(m.Campaigns) != 7 {
		t.Errorf("%d campaigns, want 7", len(m.Campaigns))
	}
	if got := len(texts(t, m, "mediation_dossier")); got != 13 {
		t.Errorf("a dossier has %d items, want 13", got)
	}
	codes := map[string]bool{}
	for _, n := range m.Indicators {
		codes[strings.TrimRight(n.Code, "ABCDE")] = true
		if n.District == (n.Code == "C2" || n.Code == "L2A" || n.Code == "L2B") {
			t.Errorf("the district sees %s: %v", n.Code, n.District)
		}
	}
	for want := range strings.FieldsSeq("G1 G2 G3 G4 G5 G6 M1 M2 M3 M4 M5 M6 M7 F1 F2 F3 S1 S2 D1 D2 D3 D4 D5 D6 D7 R1 R2 W1 C1 C2 P1 P2 P3 L1 L2 O1 O2 O3 K1 B1 X1") {
		if !codes[want] {
			t.Errorf("there is no indicator %s", want)
		}
	}
}

func TestPeriodsOfDaliu(t *testing.T) {
	t.Parallel()

	type period struct {
		basis  pack.Basis
		length int
		unit   pack.Unit
	}
	got := map[string]period{}
	for _, k := range load(t, "daliu-2021").Clocks {
		got[k.Key] = period{k.Basis, k.Length, k.Unit}
	}
	for key, want := range map[string]period{
		"matter_accept":               {pack.Working, 1, ""},
		"petition_notice":             {pack.Calendar, 15, ""},
		"matter_objection":            {pack.Working, 5, ""},
		"matter_first_contact_urgent": {pack.Calendar, 4, pack.Hour},
		"matter_reply_enquiry":        {pack.Working, 3, ""},
		"matter_reply_help":           {pack.Working, 10, ""},
		"matter_reply_suggestion":     {pack.Working, 15, ""},
		"petition_finish":             {pack.Calendar, 60, ""},
		"opinion_response":            {pack.Working, 10, ""},
		"dispute_finish":              {pack.Calendar, 30, ""},
		"confirmation_window":         {pack.Calendar, 30, ""},
		"factor_verify":               {pack.Working, 3, ""},
		"relief_urgent":               {pack.Calendar, 24, pack.Hour},
		"relief_urgent_papers":        {pack.Working, 10, ""},
		"topic_screen":                {pack.Working, 5, ""},
		"assembly_notice":             {pack.Calendar, 10, ""},
		"identity_retention":          {pack.Calendar, 24, pack.Month},
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
}

// TestNoModelSortsPeople keeps out of every word of a model what would list,
// grade or rank residents.
func TestNoModelSortsPeople(t *testing.T) {
	t.Parallel()

	refused := regexp.MustCompile(`宗教|民族|前科|上访次数|重点人员|重点人群|精神|吸毒|矫正|刑释|积分|评分|打分|排名|信用|轨迹|里程|人脸|身份证号`)
	var words func(t *testing.T, model string, v reflect.Value)
	words = func(t *testing.T, model string, v reflect.Value) {
		t.Helper()

		switch v.Kind() { //nolint:exhaustive // other kinds hold no words
		case reflect.String:
			if refused.MatchString(v.String()) {
				t.Errorf("%s says %q", model, v)
			}
		case reflect.Slice:
			for i := range v.Len() {
				words(t, model, v.Index(i))
			}
		case reflect.Struct:
			for _, field := range v.Fields() {
				words(t, model, field)
			}
		case reflect.Pointer:
			if !v.IsNil() {
				words(t, model, v.Elem())
			}
		}
	}
	for _, name := range pack.Names() {
		words(t, name, reflect.ValueOf(load(t, name)))
	}
}
