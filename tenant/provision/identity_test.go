package provision_test

import (
	"strings"
	"testing"

	"github.com/daliu-governance/daliu/localcluster"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// The servers of the tests are prepared as the documentation says: nothing is
// open, nothing hurts. What is opened or set otherwise is told, with its SQL.
func TestIdentityTellsWhatIsOpenAndWhatHurts(t *testing.T) {
	t.Parallel()
	id, err := openServer(t).Identity(t.Context())
	must(t, err)
	must(t, id.Check())
	if len(id.Exposures) > 0 || len(id.Advice) > 0 || len(id.SystemIdentifier) < 10 || id.VersionNum < provision.MinimumVersion {
		t.Fatalf("a well prepared server: %+v", id)
	}

	neglected, err := localcluster.StartPostgres(t.Context(), localcluster.PostgresOptions{
		Settings: map[string]string{"recovery_init_sync_method": "fsync"},
	})
	must(t, err)
	t.Cleanup(func() { _ = neglected.Stop() })
	execAs(t, connect(t, neglected.URL(neglected.SuperUser, neglected.SuperPassword, "postgres")), "grant connect on database postgres to public")
	s, err := provision.Open(t.Context(), provision.Config{
		Host: neglected.Host, Port: neglected.Port, User: neglected.OperatorUser, Password: neglected.OperatorPassword, SSLMode: "disable",
	})
	must(t, err)
	t.Cleanup(s.Close)
	id, err = s.Identity(t.Context())
	must(t, err)
	if len(id.Exposures) != 1 || !strings.Contains(id.Exposures[0].SQL, `REVOKE ALL ON DATABASE "postgres" FROM PUBLIC`) {
		t.Errorf("exposures = %+v", id.Exposures)
	}
	if len(id.Advice) != 1 || !strings.Contains(id.Advice[0].SQL, "SET recovery_init_sync_method = 'syncfs'") {
		t.Errorf("advice = %+v", id.Advice)
	}
}

func TestServerThatWasNotPreparedIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]provision.Identity{
		"an old server":             {Version: "14.9", VersionNum: 140009},
		"one without our templates": {Version: "15.18", VersionNum: 150018, Missing: []string{"daliu_base"}},
	} {
		if err := id.Check(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
