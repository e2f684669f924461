package system_test

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/test/system"
)

// A bad manifest is answered at admission or, where admission can't know, by a
// Stalled condition: with the field, and with what to do.
func TestBadManifests(t *testing.T) {
	d := system.Start(t)
	d.Create(t, system.Daliu(t, "good", 900))
	d.UntilReady(t, "good")
	t.Run("refused at admission", func(t *testing.T) {
		for name, bad := range refused() {
			t.Run(name, func(t *testing.T) { t.Parallel(); refuse(t, d, bad) })
		}
	})
	t.Run("refused as a change", func(t *testing.T) {
		for name, bad := range refusedChanges() {
			t.Run(name, func(t *testing.T) { refuseChange(t, d, bad) })
		}
	})
	t.Run("stalled", func(t *testing.T) {
		number := 910
		for name, bad := range stalled() {
			number++
			mine := number
			t.Run(name, func(t *testing.T) { t.Parallel(); stall(t, d, mine, bad) })
		}
	})
	var towns v1alpha1.TownshipList
	if err := d.Client.List(t.Context(), &towns, client.InNamespace(system.Namespace)); err != nil {
		t.Fatal(err)
	}
	if databases := names(t, d, `select datname from pg_database where datname like 't\_%'`); len(databases) != 1 {
		t.Errorf("bad manifests left databases: %v", databases)
	}
}

// A badManifest is the good one with something set, and what the answer says.
type badManifest struct {
	set  func(spec map[string]any, town *unstructured.Unstructured)
	says []string
}

func spec(path string, value any) func(map[string]any, *unstructured.Unstructured) {
	return func(spec map[string]any, _ *unstructured.Unstructured) {
		at := spec
		steps := strings.Split(path, ".")
		for _, step := range steps[:len(steps)-1] {
			if at[step] == nil {
				at[step] = map[string]any{}
			}
			at = at[step].(map[string]any)
		}
		if last := steps[len(steps)-1]; value == nil {
			delete(at, last)
		} else {
			at[last] = value
		}
	}
}

// village sets a field of the first village.
func village(path string, value any) func(map[string]any, *unstructured.Unstructured) {
	return func(s map[string]any, town *unstructured.Unstructured) {
		first := s["grid"].(map[string]any)["villages"].([]any)[0].(map[string]any)
		spec(path, value)(first, town)
	}
}

func called(name string) func(map[string]any, *unstructured.Unstructured) {
	return func(_ map[string]any, town *unstructured.Unstructured) { town.SetName(name) }
}

func refused() map[string]badManifest {
	long := strings.Repeat("长", 300)
	many := make([]any, 61)
	for i := range many {
		many[i] = map[string]any{"name": fmt.Sprintf("第%d村", i)}
	}
	return map[string]badManifest{
		"no code":                          {spec("code", nil), []string{"spec.code", "Required"}},
		"code of 9 digits":                 {spec("code", "620602130"), []string{"spec.code"}},
		"code with letters":                {spec("code", "62060213000a"), []string{"spec.code"}},
		"code of a village":                {spec("code", "620602130200"), []string{"spec.code"}},
		"code as a number":                 {spec("code", int64(620602130000)), []string{"spec.code", "string"}},
		"code with wide digits":            {spec("code", "６２０６０２１３００００"), []string{"spec.code"}},
		"code with SQL":                    {spec("code", `620602'; DROP`), []string{"spec.code"}},
		"no display name":                  {spec("displayName", nil), []string{"spec.displayName", "Required"}},
		"empty display name":               {spec("displayName", ""), []string{"spec.displayName"}},
		"display name of 300 characters":   {spec("displayName", long), []string{"spec.displayName", "20"}},
		"display name with SQL":            {spec("displayName", `大柳";DROP TABLE`), []string{"spec.displayName"}},
		"display name with markup":         {spec("displayName", "<b>大柳</b>"), []string{"spec.displayName"}},
		"description of 600 characters":    {spec("description", long+long), []string{"spec.description", "500"}},
		"description with a NUL":           {spec("description", "大\x00柳"), []string{"spec.description"}},
		"description with a script":        {spec("description", "<script>alert(1)</script>"), []string{"spec.description"}},
		"no model":                         {spec("model", nil), []string{"spec.model", "Required"}},
		"model without a name":             {spec("model", map[string]any{"name": ""}), []string{"spec.model.name"}},
		"no grid":                          {spec("grid", nil), []string{"spec.grid", "Required"}},
		"no villages":                      {spec("grid.villages", []any{}), []string{"spec.grid.villages"}},
		"61 villages":                      {spec("grid.villages", many), []string{"spec.grid.villages", "60"}},
		"negative households":              {spec("grid.households", int64(-1)), []string{"spec.grid.households"}},
		"households as text":               {spec("grid.households", "三千"), []string{"spec.grid.households", "integer"}},
		"households beyond counting":       {spec("grid.households", int64(1)<<40), []string{"spec.grid.households"}},
		"villages of more households":      {spec("grid.households", int64(3646)), []string{"spec.grid", "add up to more than grid.households", "correct one of them"}},
		"villages of more people":          {village("population", int64(14092)), []string{"spec.grid", "adds up to more than grid.population"}},
		"village with a million groups":    {village("groups", int64(1000000)), []string{"spec.grid.villages[0].groups", "99"}},
		"village with -1 groups":           {village("groups", int64(-1)), []string{"spec.grid.villages[0].groups"}},
		"village without a name":           {village("name", nil), []string{"spec.grid.villages"}},
		"village with quotes":              {village("name", `第"一'村`), []string{"spec.grid.villages[0].name"}},
		"village of 300 characters":        {village("name", long), []string{"spec.grid.villages[0].name", "20"}},
		"village twice":                    {village("name", "第二村"), []string{"spec.grid.villages[1]", "Duplicate"}},
		"village called as a community":    {village("name", "幸福社区"), []string{"spec.grid", "same name", "rename one"}},
		"committee of two":                 {village("posts.mediators", int64(2)), []string{"spec.grid.villages[0].posts.mediators", "at least 3 members", "set 0"}},
		"negative seats":                   {village("posts.volunteers", int64(-3)), []string{"spec.grid.villages[0].posts.volunteers"}},
		"seats beyond counting":            {village("posts.householdHeads", int64(501)), []string{"spec.grid.villages[0].posts.householdHeads"}},
		"area of an unknown village":       {spec("areas", areas("第九村")), []string{"spec", "may only name villages and communities"}},
		"village in two areas":             {spec("areas", append(areas("第一村"), areas("第一村")[0].(map[string]any))), []string{"spec.areas[1]", "Duplicate"}},
		"village in two areas by name":     {spec("areas", twoAreas("第一村")), []string{"belongs to one area only", "areas[].grids"}},
		"area led by a person":             {spec("areas", []any{map[string]any{"name": "东片", "leader": "张三", "grids": []any{"第一村"}}}), []string{"spec.areas[0].leader", "PartySecretary"}},
		"unit stationed somehow":           {spec("units", []any{map[string]any{"name": "司法所", "stationing": "Sometimes"}}), []string{"spec.units[0].stationing", "Rotating"}},
		"unknown reclaim policy":           {spec("reclaimPolicy", "Recycle"), []string{"spec.reclaimPolicy", "Retain"}},
		"server by name and by label":      {spec("placement", map[string]any{"serverName": "a", "selector": map[string]any{}}), []string{"spec.placement", "not both"}},
		"host with a path":                 {spec("instance.host", "daliu.example/admin"), []string{"spec.instance.host"}},
		"host with capitals":               {spec("instance.host", "Daliu.Example"), []string{"spec.instance.host"}},
		"suspend as text":                  {spec("suspend", "yes"), []string{"spec.suspend", "boolean"}},
		"name that is no host":             {called("1-daliu"), []string{"metadata.name", "such as daliu"}},
		"name of 60 characters":            {called(strings.Repeat("d", 60)), []string{"metadata.name", "1 to 40"}},
		"name with a dot":                  {called("da.liu"), []string{"metadata.name", "such as daliu"}},
		"field that does not exist":        {spec("database", "other"), []string{"spec.database"}},
		"template that nobody may choose":  {spec("template", "m_other"), []string{"spec.template"}},
		"person's name where none belongs": {village("leader", "李四"), []string{"spec.grid.villages[0].leader"}},
	}
}

func areas(grids ...any) []any {
	return []any{map[string]any{"name": "东片", "leader": "Mayor", "grids": grids}}
}

func twoAreas(grid string) []any {
	return append(areas(grid), map[string]any{"name": "西片", "leader": "Mayor", "grids": []any{grid}})
}

func refusedChanges() map[string]badManifest {
	return map[string]badManifest{
		"another code": {spec("code", "620602131000"), []string{"spec.code", "immutable", "apply a new one"}},
	}
}

func stalled() map[string]badManifest {
	return map[string]badManifest{
		v1alpha1.ReasonModelNotFound: {spec("model.name", "nothing-2021"), []string{"no GovernanceModel nothing-2021", "kubectl get gmodel"}},
		v1alpha1.ReasonNoServer:      {spec("placement.serverName", "atlantis"), []string{"local (is not atlantis)", "spec.placement"}},
		v1alpha1.ReasonDuplicateCode: {spec("code", "620603900000"), []string{"liangzhou/good", "620603900000", "delete this one"}},
	}
}

// manifest is the good town under another name and code, as data.
func manifest(t *testing.T, name string, number int) *unstructured.Unstructured {
	t.Helper()
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(system.Daliu(t, name, number))
	if err != nil {
		t.Fatal(err)
	}
	town := &unstructured.Unstructured{Object: object}
	town.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Township"))
	return town
}

func refuse(t *testing.T, d *system.District, bad badManifest) {
	town := manifest(t, "bad", 901)
	bad.set(town.Object["spec"].(map[string]any), town)
	err := d.Client.Create(t.Context(), town, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
	answers(t, err, bad.says)
}

func refuseChange(t *testing.T, d *system.District, bad badManifest) {
	town := &unstructured.Unstructured{}
	town.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Township"))
	if err := d.Client.Get(t.Context(), client.ObjectKey{Namespace: system.Namespace, Name: "good"}, town); err != nil {
		t.Fatal(err)
	}
	bad.set(town.Object["spec"].(map[string]any), town)
	answers(t, d.Client.Update(t.Context(), town), bad.says)
}

func stall(t *testing.T, d *system.District, number int, bad badManifest) {
	reason := t.Name()[strings.LastIndex(t.Name(), "/")+1:]
	town := manifest(t, fmt.Sprintf("stalled-%d", number), number)
	bad.set(town.Object["spec"].(map[string]any), town)
	if err := d.Client.Create(t.Context(), town); err != nil {
		t.Fatal(err)
	}
	seen := d.UntilReason(t, town.GetName(), reason)
	if system.Condition(seen, v1alpha1.ConditionStalled).Status != metav1.ConditionTrue {
		t.Error("the town waits for somebody to act, but is not Stalled")
	}
	answers(t, fmt.Errorf("%s", system.Condition(seen, v1alpha1.ConditionReady).Message), bad.says)
}

func answers(t *testing.T, err error, says []string) {
	t.Helper()
	if err == nil {
		t.Fatal("it was admitted")
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the answer does not say %q: %v", part, err)
		}
	}
}
