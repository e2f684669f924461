package system_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/test/system"
)

// The life of towns on one district: each part has a town of its own.
func TestLife(t *testing.T) {
	d := system.Start(t)
	t.Run("group", func(t *testing.T) {
		for name, part := range map[string]func(*testing.T, *system.District){
			"Invariant1DatabaseMissing":            databaseMissing,
			"Invariant1DeletionTakesTwoKeys":       deletionTakesTwoKeys,
			"Invariant1ConfirmedDeletionDrops":     confirmedDeletionDrops,
			"Invariant1RecreatedDoesNotInherit":    recreatedDoesNotInherit,
			"Invariant1AdoptedWithItsRecords":      adoptedWithItsRecords,
			"Invariant4DriftIsOnlyObserved":        driftIsOnlyObserved,
			"Invariant4DriftIsRepaired":            driftIsRepaired,
			"Invariant4PasswordFollowsTheSecret":   passwordFollowsTheSecret,
			"Invariant5StrangersSecretIsAConflict": strangersSecret,
			"SecondTownshipWithACodeStalls":        duplicateCode,
			"GrownGridIsAdded":                     grownGrid,
			"SuspendStopsTheOperator":              suspend,
			"PlacementThatFitsNothingStalls":       noServer,
			"UnknownModelStalls":                   unknownModel,
		} {
			t.Run(name, func(t *testing.T) { t.Parallel(); part(t, d) })
		}
	})
	t.Run("Invariant6NoSecretLeaves", func(t *testing.T) { noSecretLeaves(t, d) })
}

func databaseMissing(t *testing.T, d *system.District) {
	d.Create(t, system.Daliu(t, "missing", 1))
	database := d.UntilReady(t, "missing").Status.Database.Name
	d.Exec(t, "drop database "+database+" with (force)")
	town := d.UntilReason(t, "missing", v1alpha1.ReasonDatabaseMissing)
	if system.Condition(town, v1alpha1.ConditionStalled).Status != "True" {
		t.Error("a lost database waits for somebody to act, but is not Stalled")
	}
	if found := names(t, d, "select datname from pg_database where datname = '"+database+"'"); len(found) > 0 {
		t.Error("the lost database was replaced by an empty one")
	}
}

func deletionTakesTwoKeys(t *testing.T, d *system.District) {
	d.Create(t, system.Daliu(t, "protected", 2))
	database := d.UntilReady(t, "protected").Status.Database.Name
	output, err := d.Kubectl(t, "delete", "twn", "protected", "--wait=false")
	if err == nil || !strings.Contains(output, "set spec.deletionProtection to false first") {
		t.Fatalf("deletion of a protected town: %v\n%s", err, output)
	}
	d.Change(t, "protected", func(town *v1alpha1.Township) { town.Spec.DeletionProtection = new(bool) })
	if output, err := d.Kubectl(t, "delete", "twn", "protected", "--wait=false"); err != nil {
		t.Fatalf("deletion: %v\n%s", err, output)
	}
	d.UntilGone(t, "protected")
	var comment string
	row := d.Superuser(t, "postgres").QueryRow(t.Context(), "select shobj_description(oid, 'pg_database') from pg_database where datname = $1", database)
	if err := row.Scan(&comment); err != nil {
		t.Fatalf("the retained database: %v", err)
	}
	if !strings.Contains(comment, `"released":true`) {
		t.Errorf("mark of the retained database = %s", comment)
	}
	var secrets corev1.SecretList
	if err := d.Client.List(t.Context(), &secrets, client.InNamespace(system.Namespace), client.MatchingLabels{v1alpha1.TownshipLabel: "protected"}); err != nil || len(secrets.Items) > 0 {
		t.Errorf("secrets left: %d, %v", len(secrets.Items), err)
	}
}

func confirmedDeletionDrops(t *testing.T, d *system.District) {
	town := system.Daliu(t, "dropped", 3)
	town.Spec.DeletionProtection, town.Spec.ReclaimPolicy = new(bool), v1alpha1.ReclaimDelete
	d.Create(t, town)
	database := d.UntilReady(t, "dropped").Status.Database.Name
	output, err := d.Kubectl(t, "delete", "twn", "dropped", "--wait=false")
	if err == nil || !strings.Contains(output, "governance.daliu.dev/confirm-delete=dropped") {
		t.Fatalf("deletion that is not confirmed: %v\n%s", err, output)
	}
	d.Change(t, "dropped", func(town *v1alpha1.Township) {
		town.Annotations = map[string]string{v1alpha1.ConfirmDeleteAnnotation: "another-name"}
	})
	if output, err := d.Kubectl(t, "delete", "twn", "dropped", "--wait=false"); err == nil {
		t.Fatalf("deletion confirmed for another name:\n%s", output)
	}
	d.Change(t, "dropped", func(town *v1alpha1.Township) {
		town.Annotations = map[string]string{v1alpha1.ConfirmDeleteAnnotation: "dropped"}
	})
	if output, err := d.Kubectl(t, "delete", "twn", "dropped", "--wait=false"); err != nil {
		t.Fatalf("confirmed deletion: %v\n%s", err, output)
	}
	d.UntilGone(t, "dropped")
	left := names(t, d, "select datname from pg_database where datname = '"+database+"' union all select rolname from pg_roles where rolname like '"+database+"%'")
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func recreatedDoesNotInherit(t *testing.T, d *system.District) {
	town := system.Daliu(t, "again", 4)
	town.Spec.DeletionProtection = new(bool)
	d.Create(t, town)
	d.UntilReady(t, "again")
	if output, err := d.Kubectl(t, "delete", "twn", "again", "--wait=false"); err != nil {
		t.Fatalf("deletion: %v\n%s", err, output)
	}
	d.UntilGone(t, "again")
	d.Create(t, system.Daliu(t, "again", 4))
	d.UntilReason(t, "again", v1alpha1.ReasonConflict)
}

func adoptedWithItsRecords(t *testing.T, d *system.District) {
	town := system.Daliu(t, "left", 13)
	town.Spec.DeletionProtection = new(bool)
	d.Create(t, town)
	left := d.UntilReady(t, "left")
	marker := "insert into town.person (name) values ('记录')"
	if _, err := d.Superuser(t, left.Status.Database.Name).Exec(t.Context(), marker); err != nil {
		t.Fatal(err)
	}
	if output, err := d.Kubectl(t, "delete", "twn", "left", "--wait=false"); err != nil {
		t.Fatalf("deletion: %v\n%s", err, output)
	}
	d.UntilGone(t, "left")

	d.Create(t, system.Daliu(t, "heir", 13))
	refused := d.UntilReason(t, "heir", v1alpha1.ReasonConflict)
	if message := system.Condition(refused, v1alpha1.ConditionReady).Message; !strings.Contains(message, string(left.UID)) {
		t.Errorf("the conflict does not say whose the database was: %s", message)
	}
	d.Change(t, "heir", func(town *v1alpha1.Township) { town.Spec.Adopt = &v1alpha1.Adoption{TownshipUID: string(left.UID)} })
	heir := d.UntilReady(t, "heir")
	if heir.Status.Database.OID != left.Status.Database.OID {
		t.Errorf("oid = %d, want %d", heir.Status.Database.OID, left.Status.Database.OID)
	}
	if found := names(t, d, "select datname from pg_database where datname = '"+heir.Status.Database.Name+"'"); len(found) != 1 {
		t.Errorf("databases: %v", found)
	}
	var records int
	err := d.Superuser(t, heir.Status.Database.Name).QueryRow(t.Context(), "select count(*) from town.person where name = '记录'").Scan(&records)
	if err != nil || records != 1 {
		t.Errorf("records = %d, %v", records, err)
	}
	if heir.Status.Credentials.FirstLoginSecretName != "" {
		t.Error("a one-time password was made for a town that has its accounts")
	}
}

func driftIsOnlyObserved(t *testing.T, d *system.District) {
	town := system.Daliu(t, "observed", 14)
	town.Spec.Drift = v1alpha1.DriftObserve
	d.Create(t, town)
	database := d.UntilReady(t, "observed").Status.Database.Name
	d.Exec(t, "alter database "+database+" connection limit 7")
	seen := d.Until(t, "observed", "Drifted", func(town *v1alpha1.Township) bool {
		return system.Condition(town, v1alpha1.ConditionDrifted).Status == "True"
	})
	if message := system.Condition(seen, v1alpha1.ConditionDrifted).Message; !strings.Contains(message, "has connection limit 7") {
		t.Errorf("message = %q", message)
	}
	if limit := names(t, d, "select datconnlimit::text from pg_database where datname = '"+database+"'"); limit[0] != "7" {
		t.Errorf("connection limit = %s: drift was put right although it is only to be observed", limit[0])
	}
	d.Change(t, "observed", func(town *v1alpha1.Township) { town.Spec.Drift = v1alpha1.DriftEnforce })
	d.Until(t, "observed", "put right", func(town *v1alpha1.Township) bool {
		return system.Condition(town, v1alpha1.ConditionDrifted).Status == "Unknown" &&
			names(t, d, "select datconnlimit::text from pg_database where datname = '"+database+"'")[0] == "60"
	})
}

func driftIsRepaired(t *testing.T, d *system.District) {
	d.Create(t, system.Daliu(t, "drifted", 5))
	database := d.UntilReady(t, "drifted").Status.Database.Name
	d.Exec(t, "grant connect on database "+database+" to public")
	d.Until(t, "drifted", "repaired", func(*v1alpha1.Township) bool {
		open := names(t, d, "select datname from pg_database, aclexplode(datacl) a where datname = '"+database+"' and a.grantee = 0")
		return len(open) == 0
	})
	d.Until(t, "drifted", "told of", func(*v1alpha1.Township) bool {
		output, err := d.Kubectl(t, "get", "events", "--field-selector", "reason="+v1alpha1.EventDriftRepaired)
		return err == nil && strings.Contains(output, database+" is open to everybody")
	})
	d.UntilReady(t, "drifted")
}

func passwordFollowsTheSecret(t *testing.T, d *system.District) {
	d.Create(t, system.Daliu(t, "secret", 6))
	town := d.UntilReady(t, "secret")
	key := client.ObjectKey{Namespace: system.Namespace, Name: town.DatabaseSecretName()}
	secret := &corev1.Secret{}
	if err := d.Client.Get(t.Context(), key, secret); err != nil {
		t.Fatal(err)
	}
	before := string(secret.Data[v1alpha1.SecretKeyPassword])
	if err := d.Client.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	d.Until(t, "secret", "given a new Secret", func(*v1alpha1.Township) bool {
		again := &corev1.Secret{}
		return d.Client.Get(t.Context(), key, again) == nil && string(again.Data[v1alpha1.SecretKeyPassword]) != before
	})
	d.Until(t, "secret", "served with it", func(town *v1alpha1.Township) bool {
		output, err := d.Kubectl(t, "get", "events", "--field-selector", "reason="+v1alpha1.EventDriftRepaired)
		return err == nil && strings.Contains(output, "signing key was not the Secret's") &&
			system.Condition(town, v1alpha1.ConditionReady).Status == "True"
	})
}

func strangersSecret(t *testing.T, d *system.District) {
	stranger := &corev1.Secret{}
	stranger.Namespace, stranger.Name = system.Namespace, "early-database"
	stranger.StringData = map[string]string{v1alpha1.SecretKeyPassword: "chosen by somebody else"}
	if err := d.Client.Create(t.Context(), stranger); err != nil {
		t.Fatal(err)
	}
	d.Create(t, system.Daliu(t, "early", 7))
	d.UntilReason(t, "early", v1alpha1.ReasonConflict)
	if err := d.Client.Delete(t.Context(), stranger); err != nil {
		t.Fatal(err)
	}
	d.Change(t, "early", func(town *v1alpha1.Township) { town.Annotations = map[string]string{"look": "again"} })
	d.UntilReady(t, "early")
}

func duplicateCode(t *testing.T, d *system.District) {
	first := system.Daliu(t, "first", 8)
	first.Spec.DeletionProtection = new(bool)
	d.Create(t, first)
	d.UntilReady(t, "first")
	d.Create(t, system.Daliu(t, "second", 8))
	town := d.UntilReason(t, "second", v1alpha1.ReasonDuplicateCode)
	if message := system.Condition(town, v1alpha1.ConditionReady).Message; !strings.Contains(message, "liangzhou/first") {
		t.Errorf("message = %q", message)
	}
	d.UntilReady(t, "first")
}

func grownGrid(t *testing.T, d *system.District) {
	d.Create(t, system.Daliu(t, "grown", 9))
	d.UntilReady(t, "grown")
	d.Change(t, "grown", func(town *v1alpha1.Township) { town.Spec.Grid.Villages[0].Groups++ })
	d.Until(t, "grown", "1/8/67", func(town *v1alpha1.Township) bool { return town.Status.Seed.Grids == "1/8/67" })
	d.UntilReady(t, "grown")
	d.Change(t, "grown", func(town *v1alpha1.Township) { town.Spec.Grid.Villages[0].Groups -= 2 })
	d.UntilReason(t, "grown", v1alpha1.ReasonGridChangeUnsupported)
	d.Change(t, "grown", func(town *v1alpha1.Township) { town.Spec.Grid.Villages[0].Groups += 2 })
	d.UntilReady(t, "grown")
}

func suspend(t *testing.T, d *system.District) {
	d.Create(t, system.Daliu(t, "suspended", 10))
	database := d.UntilReady(t, "suspended").Status.Database.Name
	d.Change(t, "suspended", func(town *v1alpha1.Township) { town.Spec.Suspend = true })
	d.Until(t, "suspended", "Suspended", func(town *v1alpha1.Township) bool {
		return system.Condition(town, v1alpha1.ConditionSuspended).Status == "True"
	})
	limit := func() string {
		return names(t, d, "select datconnlimit::text from pg_database where datname = '"+database+"'")[0]
	}
	d.Exec(t, "alter database "+database+" connection limit 7")
	time.Sleep(3 * time.Second) // three drift passes
	if got := limit(); got != "7" {
		t.Errorf("connection limit = %s: a suspended town was changed", got)
	}
	d.Change(t, "suspended", func(town *v1alpha1.Township) { town.Spec.Suspend = false })
	d.Until(t, "suspended", "put right", func(*v1alpha1.Township) bool { return limit() == "60" })
	town := d.UntilReady(t, "suspended")
	if system.Condition(town, v1alpha1.ConditionSuspended).Status == "True" {
		t.Error("Suspended stays True")
	}
}

func noServer(t *testing.T, d *system.District) {
	town := system.Daliu(t, "nowhere", 11)
	town.Spec.Placement.ServerName = "atlantis"
	d.Create(t, town)
	seen := d.UntilReason(t, "nowhere", v1alpha1.ReasonNoServer)
	if message := system.Condition(seen, v1alpha1.ConditionReady).Message; !strings.Contains(message, "local (is not atlantis)") {
		t.Errorf("message = %q", message)
	}
	d.Change(t, "nowhere", func(town *v1alpha1.Township) { town.Spec.Placement.ServerName = system.Server })
	d.UntilReady(t, "nowhere")
}

func unknownModel(t *testing.T, d *system.District) {
	town := system.Daliu(t, "unmodelled", 12)
	town.Spec.Model.Name = "daliu-1921"
	d.Create(t, town)
	d.UntilReason(t, "unmodelled", v1alpha1.ReasonModelNotFound)
}

// Invariant 6: no secret leaves a town: neither in a status, nor in an Event,
// nor in a log, nor in PostgreSQL's own log.
func noSecretLeaves(t *testing.T, d *system.District) {
	var secrets corev1.SecretList
	if err := d.Client.List(t.Context(), &secrets, client.InNamespace(system.Namespace)); err != nil {
		t.Fatal(err)
	}
	var towns v1alpha1.TownshipList
	if err := d.Client.List(t.Context(), &towns); err != nil {
		t.Fatal(err)
	}
	status, err := json.Marshal(towns)
	if err != nil {
		t.Fatal(err)
	}
	events, err := d.Kubectl(t, "get", "events", "-A", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	sinks := map[string]string{"the processes' logs": d.Logs(), "a Township": string(status), "an Event": events, "PostgreSQL's log": d.Postgres.Log()}
	checked := 0
	for _, secret := range secrets.Items {
		for _, key := range []string{v1alpha1.SecretKeyPassword, v1alpha1.SecretKeySigning} {
			value := string(secret.Data[key])
			if value == "" {
				continue
			}
			checked++
			for sink, text := range sinks {
				if strings.Contains(text, value) {
					t.Errorf("%s of Secret %s is in %s", key, secret.Name, sink)
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d secrets looked for", checked)
	}
}
