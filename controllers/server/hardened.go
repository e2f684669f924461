package server

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// tuned records which settings hurt a server with many towns. It keeps no town
// from being Ready.
func tuned(conditions *[]metav1.Condition, generation int64, advice []provision.Advice) {
	if len(advice) == 0 {
		step.Set(conditions, generation, v1alpha1.ConditionTuned, metav1.ConditionTrue, v1alpha1.ReasonTuned, "")
		return
	}
	var message strings.Builder
	message.WriteString("as the server's administrator, run and restart or reload:")
	for _, a := range advice {
		message.WriteString(" " + a.SQL + " -- " + a.Why + ".")
	}
	step.Set(conditions, generation, v1alpha1.ConditionTuned, metav1.ConditionFalse, v1alpha1.ReasonSettingsHurt, message.String())
}

// hardened records what the server leaves open to every role, with the exact
// SQL that closes it. It was looked up, not assumed: a REVOKE by a role that is
// not the owner succeeds with no more than a warning.
func hardened(conditions *[]metav1.Condition, generation int64, exposures []provision.Exposure) {
	if len(exposures) == 0 {
		step.Set(conditions, generation, v1alpha1.ConditionHardened, metav1.ConditionTrue, v1alpha1.ReasonHardened, "")
		return
	}
	var message strings.Builder
	message.WriteString("as the server's administrator, run:")
	for _, exposure := range exposures {
		message.WriteString(" " + exposure.SQL + " -- " + exposure.What + ".")
	}
	step.Set(conditions, generation, v1alpha1.ConditionHardened, metav1.ConditionFalse, v1alpha1.ReasonExposed, message.String())
}
